package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.server.ServerRuntime;
import dev.firstpass.server.config.RuntimeConfigs;
import dev.firstpass.server.runtime.device.worker.WorkerReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A model that several tenants use, in real workers.
final class SharedModelTest {
    @TempDir
    Path folder = Path.of("");

    /// No memory of one group is mapped by a process of another.
    @Test
    void sharedModel_besideAnother_hasProcessesAndMemoryOfItsOwn() throws Exception {
        try (ServerRuntime runtime = open(new ModelName("shared"))) {
            register(runtime, "own");
            register(runtime, "shared");
            runtime.awaitSettled();

            Map<String, List<WorkerReport>> groups = runtime.workers();

            assertEquals(Set.of("local", "local/shared"), groups.keySet());
            Set<String> own = MappedSlabs.of(groups.getOrDefault("local", List.of()));
            Set<String> shared = MappedSlabs.of(groups.getOrDefault("local/shared", List.of()));
            assertEquals(1, own.size());
            assertEquals(1, shared.size());
            assertNotEquals(own, shared);
            assertFalse(Collections.disjoint(own, MappedSlabs.ofThisProcess()));
        }
    }

    private ServerRuntime open(ModelName shared) {
        return ServerRuntime.open(
                folder.resolve("data"),
                RuntimeConfigs.forCores(1)
                        .slabBytes(4 << 20)
                        .queueCapacity(16)
                        .shared(shared)
                        .inWorkers());
    }

    private void register(ServerRuntime runtime, String name) throws IOException {
        Path file = SizedModel.write(folder.resolve(name + ".onnx"), 1, 1 << 20);
        var _ = runtime.register(new ModelName(name), file, Optional.empty(), ProgressListener.NONE);
    }
}
