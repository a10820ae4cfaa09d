package dev.firstpass.server.runtime.engine.tensorflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.server.ServerRuntime;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.engine.tensorflow.HostileModels.Hostile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The same models at a whole server's door.
final class HostileRegistrationTest {
    @TempDir
    Path folder = Path.of("");

    @Test
    void register_hostileModels_areRejectedAndNothingIsKept() throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "top secret");
        Path loot = folder.resolve("loot");
        try (ServerRuntime runtime = ServerRuntime.open(folder.resolve("data"), RuntimeConfig.forCores(1))) {
            for (Map.Entry<String, Hostile> hostile :
                    HostileModels.all(secret, loot).entrySet()) {
                Path model = hostile.getValue().model().write(folder.resolve(hostile.getKey()));

                ArtifactRejected rejected = assertThrows(
                        ArtifactRejected.class,
                        () -> runtime.register(
                                new ModelName("hostile"), model, Optional.empty(), ProgressListener.NONE),
                        hostile.getKey());

                assertTrue(rejected.getMessage().startsWith(hostile.getValue().refusal()), rejected::getMessage);
                assertEquals(Reason.ARTIFACT_REJECTED, Failures.of(rejected).reason());
            }
            assertEquals(List.of(), runtime.registry().models());
        }
        assertFalse(Files.exists(loot));
    }
}
