package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Expected;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.server.ServerRuntime;
import dev.firstpass.server.config.RuntimeConfigs;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// An alias is moved to a version that does not load any more: whatever it meant goes on serving.
final class FailedSwapTest {
    private static final ModelName NAME = new ModelName("m");
    private static final long MIB = 1 << 20;

    @TempDir
    Path folder = Path.of("");

    /// With room for both versions, and with room for one, where the alias moves first and has to move back.
    @ParameterizedTest
    @CsvSource({"1024, 4", "170, 64"})
    void moveAlias_toWhatDoesNotLoad_changesNothing(long budgetMib, long modelMib) throws Exception {
        try (ServerRuntime runtime = open(budgetMib * MIB)) {
            ModelVersion first = register(runtime, 1, modelMib);
            ModelVersion second = register(runtime, 2, modelMib);
            runtime.models().retire(second.ref()).join();
            damage(second);
            forgetGraphs();

            FailureException thrown = assertThrows(
                    FailureException.class,
                    () -> runtime.moveAlias(NAME, ModelRef.PRODUCTION, 2, new Expected.Anything()));

            assertEquals(Reason.MODEL_NOT_READY, thrown.failure().reason());
            assertEquals(
                    first.ref(), runtime.registry().resolve(ModelRef.parse("m")).ref());
            runtime.awaitSettled();
            assertEquals(
                    1,
                    runtime.prelabeler()
                            .prelabel(Requests.of("m", "a", Goldens.photo("dog.jpg"), "firstpass"))
                            .prelabels()
                            .provenance()
                            .version());
        }
    }

    @Test
    void moveAlias_againstWhatIsExpected_loadsNothing() throws Exception {
        try (ServerRuntime runtime = open(1024 * MIB)) {
            register(runtime, 1, 4);
            ModelVersion second = register(runtime, 2, 4);
            runtime.models().retire(second.ref()).join();

            assertThrows(
                    RegistryException.PreconditionFailed.class,
                    () -> runtime.moveAlias(NAME, ModelRef.PRODUCTION, 2, new Expected.AtVersion(7)));

            assertTrue(runtime.models().leaseIfLoaded(second.ref()).isEmpty());
        }
    }

    private ServerRuntime open(long budget) {
        return ServerRuntime.open(
                folder.resolve("data"),
                RuntimeConfigs.forCores(2)
                        .slabBytes(4 << 20)
                        .queueCapacity(16)
                        .budget(budget)
                        .inProcess());
    }

    private ModelVersion register(ServerRuntime runtime, int number, long mib) throws Exception {
        Path file = SizedModel.write(folder.resolve(number + ".onnx"), number, mib * MIB);
        return runtime.register(NAME, file, Optional.empty(), ProgressListener.NONE)
                .version();
    }

    /// Else the version would be loaded from what was kept of it.
    private void forgetGraphs() throws Exception {
        try (Stream<Path> files = Files.walk(folder.resolve("data").resolve("optimised"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void damage(ModelVersion version) throws Exception {
        Path file = version.file("main");
        Files.setPosixFilePermissions(version.directory(), PosixFilePermissions.fromString("rwx------"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Files.writeString(file, "this was a model once");
    }
}
