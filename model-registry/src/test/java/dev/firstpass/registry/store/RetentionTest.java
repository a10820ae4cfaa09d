package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Expected;
import dev.firstpass.registry.FakeFamily;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.Hold;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryException.ArgumentInvalid;
import dev.firstpass.registry.RegistryException.InUse;
import dev.firstpass.registry.RegistryException.ModelNotFound;
import dev.firstpass.registry.RegistryException.VersionNotFound;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.audit.AuditCheck;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.audit.AuditVerdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Old versions, and what must not go with them.
final class RetentionTest {
    private static final ModelName COCO = new ModelName("coco");
    private static final ModelName WEEDS = new ModelName("weeds");
    private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");

    @TempDir
    private Path temp;

    private ModelRegistry registry;

    /// Versions 1 to 6; production is 1, and 3 its canary.
    @BeforeEach
    void openRegistry() {
        registry = open();
        for (int seed = 1; seed <= 6; seed++) {
            register(COCO, seed);
        }
        registry.rollOut(COCO, "production", new Rollout(3, 10));
    }

    private ModelRegistry open() {
        return ModelRegistry.open(temp.resolve("data"), List.of(FakeFamily.BOXES), FakeModel.reader(), () -> NOW);
    }

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    private ModelVersion register(ModelName name, int seed) {
        Path model = FakeModel.write(temp.resolve("offer/model.onnx"), seed);
        return registry.register(name, model, Validator.NONE, ProgressListener.NONE)
                .version();
    }

    private static ModelRef.Numbered coco(long number) {
        return new ModelRef.Numbered(COCO, number);
    }

    private List<Long> removable(int keep) {
        return registry.removable(COCO, keep).stream().map(ModelVersion::number).toList();
    }

    private List<Long> numbers() {
        return registry.model(COCO).versions().stream()
                .map(ModelVersion::number)
                .toList();
    }

    @Test
    void removable_always_leavesWhatIsUsedOrHeldAndTheLastOnes() {
        assertEquals(List.of(2L, 4L, 5L, 6L), removable(0));
        assertEquals(List.of(2L, 4L), removable(2));
        assertEquals(List.of(), removable(4));
        assertEquals(List.of(), removable(1000));

        registry.hold(coco(4), "an audit");
        assertEquals(List.of(2L), removable(2), "what is held is not one of those that are counted");
        registry.moveAlias(COCO, "staging", 2, new Expected.Absent());
        assertEquals(List.of(), removable(2));
        assertThrows(ArgumentInvalid.class, () -> removable(-1));
        assertThrows(ModelNotFound.class, () -> registry.removable(WEEDS, 1));
    }

    @Test
    void remove_aVersion_isGoneWithItsFilesAndItsNumberIsNotUsedAgain() {
        ModelVersion last = registry.resolve(coco(6));
        registry.remove(coco(6));

        assertFalse(Files.exists(last.directory().getParent()));
        assertThrows(VersionNotFound.class, () -> registry.resolve(coco(6)));
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), numbers());
        assertEquals(7, register(COCO, 6).number(), "the same content is a new version");
        registry.close();
        registry = open();
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 7L), numbers());
        assertEquals(Optional.empty(), registry.check(registry.resolve(coco(7))));
    }

    @Test
    void remove_whatAnotherModelHasToo_leavesTheFiles() {
        ModelVersion shared = register(WEEDS, 2);
        registry.remove(coco(2));

        assertEquals(Optional.empty(), registry.check(shared));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 3, 5})
    void remove_whatIsNamedOrACanaryOrHeld_isRefusedAndNothingIsTouched(long number) {
        registry.hold(coco(5), "an audit");
        ModelVersion version = registry.resolve(coco(number));

        assertThrows(InUse.class, () -> registry.remove(coco(number)));
        assertEquals(Optional.empty(), registry.check(version));
        assertThrows(VersionNotFound.class, () -> registry.remove(coco(99)));
    }

    @Test
    void remove_whileItIsValidated_waitsForItsEnd() throws InterruptedException {
        CountDownLatch validating = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Path model = FakeModel.write(temp.resolve("offer-7/model.onnx"), 7);
        Thread registering = Thread.ofPlatform()
                .start(() -> registry.register(
                        COCO,
                        model,
                        _ -> {
                            validating.countDown();
                            try {
                                go.await();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        ProgressListener.NONE));
        validating.await();
        assertFalse(removable(0).contains(7L));
        Thread removing = Thread.ofPlatform().start(() -> registry.remove(coco(7)));
        go.countDown();
        registering.join();
        removing.join();

        assertFalse(numbers().contains(7L));
    }

    @Test
    void remove_theLastVersionOfAModel_leavesNoModelAndNumbersGoOn() {
        Path broken = FakeModel.write(temp.resolve("offer/model.onnx"), 1);
        var _ = registry.register(
                WEEDS,
                broken,
                _ -> {
                    throw new IllegalStateException("it does not run");
                },
                ProgressListener.NONE);
        registry.remove(new ModelRef.Numbered(WEEDS, 1));

        assertThrows(ModelNotFound.class, () -> registry.model(WEEDS));
        assertEquals(2, register(WEEDS, 2).number());
    }

    @Test
    void rollBack_overWhatWasRemoved_goesFurtherBack() {
        registry.endRollout(COCO, "production");
        registry.moveAlias(COCO, "production", 2, new Expected.Anything());
        registry.moveAlias(COCO, "production", 4, new Expected.Anything());
        registry.remove(coco(2));

        assertEquals(1, registry.before(COCO, "production", _ -> true).number());
    }

    @Test
    void audit_ofHoldsAndRemovals_tellsThem() {
        registry.hold(coco(2), "an audit");
        registry.hold(coco(2), "an audit");
        registry.hold(coco(2), "a trial");
        assertEquals(Map.of(2L, new Hold("a trial", NOW)), registry.holds(COCO));
        assertTrue(registry.release(coco(2)));
        assertFalse(registry.release(coco(2)));
        String digest = registry.resolve(coco(2)).digest();
        registry.remove(coco(2));

        List<String> told = new ArrayList<>();
        for (AuditLine line : registry.audit(0, 1000).lines()) {
            if (List.of("hold", "release", "prune").contains(line.action())) {
                assertEquals(digest, line.digest());
                told.add(line.action() + " " + line.subject() + ": " + line.from() + ">" + line.to());
            }
        }
        assertEquals(
                List.of("hold 2: >an audit", "hold 2: an audit>a trial", "release 2: a trial>", "prune 2: AVAILABLE>"),
                told);
        assertEquals(
                AuditVerdict.Whole.class,
                AuditCheck.of(after -> registry.audit(after, 100)).getClass());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "two\nlines", "x\u2028y"})
    void hold_withoutALineOfText_isRefused(String reason) {
        assertThrows(ArgumentInvalid.class, () -> registry.hold(coco(2), reason));
        assertThrows(ArgumentInvalid.class, () -> registry.hold(coco(2), "x".repeat(201)));
        assertEquals(Map.of(), registry.holds(COCO));
    }

    @Test
    void hold_ofWhatThereIsNot_isNotFound() {
        assertThrows(VersionNotFound.class, () -> registry.hold(coco(99), "why"));
        assertThrows(VersionNotFound.class, () -> registry.release(coco(99)));
        assertThrows(ModelNotFound.class, () -> registry.hold(new ModelRef.Numbered(WEEDS, 1), "why"));
    }

    /// Between the commit and the end of the deletion: files without a version, or some of them.
    @Test
    void open_afterARemovalThatWasCutOff_removesTheRestOfTheFiles() {
        ModelVersion version = registry.resolve(coco(2));
        registry.remove(version.ref());
        registry.close();
        FakeModel.write(version.directory().resolveSibling("manifest.json"), "left");
        assertTrue(Files.exists(version.directory().getParent()));

        registry = open();
        assertFalse(Files.exists(version.directory().getParent()));
        assertEquals(7, register(COCO, 2).number());
    }
}
