package dev.firstpass.server.e2e;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.ServerRuntime;
import dev.firstpass.server.config.Isolation;
import dev.firstpass.server.config.ModelMemory;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.config.RuntimeConfigs;
import dev.firstpass.server.runtime.linux.NativeHeap;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// A process of its own for a server with [SizedModel]s whose memory can be looked at. It remembers no answer.
///
/// Arguments: data folder, isolation, bytes that models may hold, then `name:number:bytes` of each model; those of one
/// name are versions of one model. It prints its two ports, and what it measures, before any model was there. Then it
/// does what each line on stdin says, and answers with what it measures: `measure`, or `register` the models, or
/// `evict` all of them first. It ends when stdin does.
final class MeasuredServer {
    private MeasuredServer() {}

    public static void main(String[] arguments) throws Exception {
        Path data = Path.of(arguments[0]);
        RuntimeConfig config = config(
                Isolation.valueOf(arguments[1]),
                new ModelMemory(OptionalLong.of(Long.parseLong(arguments[2])), List.of()));
        List<String> models = Arrays.asList(arguments).subList(3, arguments.length);
        try (FirstpassServer server = FirstpassServer.start(data, DemoServer.ON_LOOPBACK, config);
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            server.runtime().awaitSettled();
            System.out.println(server.url().getPort());
            System.out.println(server.managementPort());
            System.out.println(measured());
            for (String order = in.readLine(); order != null; order = in.readLine()) {
                switch (order) {
                    case "measure" -> {}
                    case "register" -> register(server.runtime(), data, models);
                    case "evict" -> evict(server.runtime());
                    default -> throw new IllegalArgumentException(order);
                }
                System.out.println(measured());
            }
        }
    }

    private static RuntimeConfig config(Isolation isolation, ModelMemory memory) {
        return RuntimeConfigs.forCores(Runtime.getRuntime().availableProcessors())
                .slabBytes(64 << 20)
                .queueCapacity(256)
                .memory(memory)
                .in(isolation);
    }

    private static void register(ServerRuntime runtime, Path data, List<String> models) throws IOException {
        for (String model : models) {
            String[] parts = model.split(":", -1);
            Path file = SizedModel.write(
                    data.resolve("offered.onnx"), Integer.parseInt(parts[1]), Long.parseLong(parts[2]));
            var registration = runtime.register(new ModelName(parts[0]), file, Optional.empty(), ProgressListener.NONE);
            if (registration.version().state() != ModelVersion.State.AVAILABLE) {
                throw new IllegalStateException(model + ": " + registration.failure());
            }
            Files.delete(file);
        }
    }

    private static void evict(ServerRuntime runtime) {
        runtime.models()
                .loadedVersions()
                .forEach(ref -> runtime.models().retire(ref).join());
    }

    /// Bytes of heap after a collection, of direct buffers, and that native code holds; file descriptors; bytes that the
    /// ledger says models hold.
    private static String measured() {
        System.gc();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        long direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        long descriptors = ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class)
                .getOpenFileDescriptorCount();
        return heap + " " + direct + " " + NativeHeap.usedBytes() + " " + descriptors;
    }
}
