package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.store.ModelRegistry;
import dev.firstpass.registry.store.RegistrySettings;
import dev.firstpass.server.ServerRuntime;
import dev.firstpass.server.e2e.SizedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The registry of a data directory that no server has.
final class LocalRegistryTest {
    @Test
    void show_ofAVersionThatDoesNotServe_saysWhy(@TempDir Path folder) throws IOException {
        Path data = folder.resolve("data");
        Path file = SizedModel.write(folder.resolve("offered.onnx"), 1, 1 << 16);
        try (ModelRegistry registry = ServerRuntime.openRegistry(data, RegistrySettings.LOCAL)) {
            var _ = registry.register(
                    new ModelName("m"),
                    file,
                    _ -> {
                        throw new IllegalStateException("it finds nothing");
                    },
                    ProgressListener.NONE);
        }
        LocalRegistry registry =
                new LocalRegistry(() -> ServerRuntime.openRegistry(data, RegistrySettings.LOCAL), () -> {
                    throw new IllegalStateException("nothing is run");
                });

        RegistryAccess.VersionDetails shown = registry.show(ModelRef.parse("m@1"));

        assertEquals("FAILED", shown.state());
        assertEquals(Optional.of("it finds nothing"), shown.failure());
    }
}
