package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Expected;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryEvent;
import dev.firstpass.registry.RegistryException.InUse;
import dev.firstpass.registry.RegistryException.PreconditionFailed;
import dev.firstpass.registry.RegistryException.VersionNotFound;
import dev.firstpass.registry.Storage;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.audit.AuditLine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Versions that are taken out of service.
@ParameterizedClass
@EnumSource(Place.class)
@ExtendWith(SharedServers.Given.class)
final class RetireTest {
    private static final ModelName COCO = new ModelName("coco");
    private static final ModelRef.Numbered FIRST = new ModelRef.Numbered(COCO, 1);
    private static final ModelRef.Numbered SECOND = new ModelRef.Numbered(COCO, 2);

    @TempDir
    private Path temp;

    @Parameter
    private Place place = Place.LOCAL;

    private Storage storage = Storage.LOCAL;
    private ModelRegistry registry;

    @BeforeEach
    void openRegistry(SharedServers servers) {
        storage = place.fresh(servers);
        registry = open();
        register(1);
        register(2);
    }

    private ModelRegistry open() {
        return Place.open(temp.resolve("data"), storage, () -> Instant.parse("2026-11-26T12:00:00Z"));
    }

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    @Test
    void retire_aVersionWithoutAnAlias_isToldAndOutlastsARestart() {
        List<RegistryEvent> events = new ArrayList<>();
        var _ = registry.subscribe(events::add);

        registry.retire(SECOND);

        assertEquals(List.of(new RegistryEvent.StateChanged(registry.resolve(SECOND))), events);
        registry.close();
        registry = open();
        assertEquals(State.RETIRED, registry.resolve(SECOND).state());
        assertTrue(Files.isDirectory(registry.resolve(SECOND).directory()));
    }

    @Test
    void retire_aSecondTime_changesNothing() {
        registry.retire(SECOND);
        long lines = registry.audit(0, 1).head().id();

        registry.retire(SECOND);
        assertEquals(lines, registry.audit(0, 1).head().id());
    }

    @Test
    void retire_whatAnAliasNames_isRefusedAndWrittenDown() {
        InUse refused = assertThrows(InUse.class, () -> registry.retire(FIRST));

        assertEquals("coco@1 is what production names (expected: no alias)", refused.getMessage());
        assertEquals(State.AVAILABLE, registry.resolve(FIRST).state());
        AuditLine last = registry.audit(0, 1000).lines().getLast();
        assertEquals("refused: " + refused.getMessage(), last.result());
        assertEquals("AVAILABLE>RETIRED", last.from() + ">" + last.to());
    }

    @Test
    void retire_whatThereIsNot_isNotFoundAndNotWrittenDown() {
        long lines = registry.audit(0, 1).head().id();

        assertThrows(VersionNotFound.class, () -> registry.retire(new ModelRef.Numbered(COCO, 9)));
        assertEquals(lines, registry.audit(0, 1).head().id());
    }

    @Test
    void moveAlias_toARetiredVersion_isRefused() {
        registry.retire(SECOND);

        assertThrows(
                PreconditionFailed.class, () -> registry.moveAlias(COCO, "production", 2, new Expected.Anything()));
        assertEquals(
                "refused: coco@2: RETIRED (expected: AVAILABLE, to be given an alias)",
                registry.audit(0, 1000).lines().getLast().result());
    }

    @Test
    void register_theSameContentAgain_bringsItBackUnderItsNumber() {
        registry.retire(SECOND);

        assertEquals(2, register(2).version().number());
        assertEquals(State.AVAILABLE, registry.resolve(SECOND).state());
    }

    private Registration register(int seed) {
        Path model = FakeModel.write(temp.resolve("offer/model.onnx"), seed);
        return registry.register(COCO, model, Validator.NONE, ProgressListener.NONE);
    }
}
