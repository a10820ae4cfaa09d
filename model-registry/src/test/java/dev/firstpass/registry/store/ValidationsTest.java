package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.registry.FakeFamily;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryException.VersionNotFound;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.validation.Check;
import dev.firstpass.registry.validation.Check.Outcome;
import dev.firstpass.registry.validation.ValidationReport;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is kept of trials, and what a trial changes.
final class ValidationsTest {
    private static final ModelName COCO = new ModelName("coco");
    private static final ModelRef.Numbered FIRST = new ModelRef.Numbered(COCO, 1);
    private static final Validator BROKEN = _ -> {
        throw new IllegalStateException("it does not run");
    };

    @TempDir
    private Path temp;

    private ModelRegistry registry;

    @BeforeEach
    void openRegistry() {
        registry = open();
    }

    private ModelRegistry open() {
        return ModelRegistry.open(
                temp.resolve("data"),
                List.of(FakeFamily.BOXES),
                FakeModel.reader(),
                () -> Instant.parse("2026-11-26T12:00:00Z"));
    }

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    @Test
    void report_isKept_andReplacedByTheNext_alsoAfterARestart() {
        register(Validator.NONE);
        assertEquals(Optional.empty(), registry.validation(FIRST));

        registry.keep(FIRST, report(Outcome.PASSED, Map.of("main", 2)));
        registry.keep(FIRST, report(Outcome.NOTED, Map.of("main", 1)));
        registry.close();
        registry = open();

        assertEquals(Optional.of(report(Outcome.NOTED, Map.of("main", 1))), registry.validation(FIRST));
    }

    @Test
    void rows_areThoseOfTheLastTrialThatPassed() {
        ModelVersion version = register(Validator.NONE);
        int claimed = version.manifest().spec().firstStage().maxBatch();
        assertEquals(claimed, registry.mostRows(version, "main"));

        registry.keep(FIRST, report(Outcome.PASSED, Map.of("main", 1)));
        registry.keep(FIRST, report(Outcome.FAILED, Map.of("main", 7)));
        assertEquals(1, registry.mostRows(version, "main"));
        registry.close();
        registry = open();
        assertEquals(1, registry.mostRows(version, "main"));

        registry.keep(FIRST, report(Outcome.PASSED, Map.of("main", claimed + 1)));
        assertEquals(claimed, registry.mostRows(version, "main"), "never more than it claims");
    }

    @Test
    void validate_ofWhatFailed_makesItAvailable_withTheAliasThatAFirstOneGets() {
        assertEquals(State.FAILED, register(BROKEN).state());

        registry.validate(FIRST, Validator.NONE, ProgressListener.NONE);

        assertEquals(State.AVAILABLE, registry.resolve(FIRST).state());
        assertEquals(Map.of("production", 1L), registry.model(COCO).aliases());
    }

    @Test
    void trial_thatIsBrokenOff_saysNothingOfTheVersion() {
        IllegalStateException answer = new IllegalStateException("broken off");
        Validator broken = _ -> {
            throw new Validator.BrokenOffException(answer);
        };
        assertSame(answer, assertThrows(IllegalStateException.class, () -> register(broken)));
        assertEquals(State.REGISTERED, registry.resolve(FIRST).state());
        register(Validator.NONE);
        assertEquals(State.AVAILABLE, registry.resolve(FIRST).state());

        assertSame(
                answer,
                assertThrows(
                        IllegalStateException.class, () -> registry.validate(FIRST, broken, ProgressListener.NONE)));
        assertEquals(State.AVAILABLE, registry.resolve(FIRST).state());
    }

    @Test
    void validate_ofWhatServesOrIsRetired_changesNoState() {
        register(Validator.NONE);
        registry.validate(FIRST, BROKEN, ProgressListener.NONE);
        assertEquals(State.AVAILABLE, registry.resolve(FIRST).state());

        Path other = FakeModel.write(temp.resolve("other/model.onnx"), 2);
        var _ = registry.register(COCO, other, Validator.NONE, ProgressListener.NONE);
        ModelRef.Numbered second = new ModelRef.Numbered(COCO, 2);
        registry.retire(second);
        registry.validate(second, Validator.NONE, ProgressListener.NONE);
        assertEquals(State.RETIRED, registry.resolve(second).state());
    }

    @Test
    void whatThereIsNot_isNotFound() {
        register(Validator.NONE);
        ModelRef.Numbered none = new ModelRef.Numbered(COCO, 9);
        assertThrows(VersionNotFound.class, () -> registry.validation(none));
        assertThrows(VersionNotFound.class, () -> registry.keep(none, report(Outcome.PASSED, Map.of())));
        assertThrows(VersionNotFound.class, () -> registry.validate(none, Validator.NONE, ProgressListener.NONE));
    }

    private ModelVersion register(Validator validator) {
        Path model = FakeModel.write(temp.resolve("offer/model.onnx"), 1);
        return registry.register(COCO, model, validator, ProgressListener.NONE).version();
    }

    private static ValidationReport report(Outcome outcome, Map<String, Integer> rows) {
        return new ValidationReport(
                Instant.parse("2026-11-26T12:00:00Z"),
                12,
                "cpu",
                List.of(new Check("photo", outcome, "what was found")),
                rows,
                List.of());
    }
}
