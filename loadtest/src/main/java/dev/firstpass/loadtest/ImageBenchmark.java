package dev.firstpass.loadtest;

import dev.firstpass.registry.FileTree;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.config.Isolation;
import dev.firstpass.server.demo.DemoPhotos;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;

/// Prints how many images a second a real server process labels over HTTP with 16 of them in flight, beside how many the sum of
/// the fastest parts would: one thread for each core that decodes, resizes, runs ONNX Runtime on one thread and reads the
/// outputs, in this process, with nothing around it. The two take turns, so that whatever else the machine does hits both.
final class ImageBenchmark {
    private static final int CORES = Runtime.getRuntime().availableProcessors();
    private static final int IN_FLIGHT = 16;
    private static final Duration WINDOW = Duration.ofSeconds(4);

    /// Until then the server's Java is still being compiled, which would be counted as work on images: of the next 500 after
    /// 1500 each takes the server's own process half of what those before took, and it gets less still.
    private static final int WARM_UP_IMAGES = 4000;

    private ImageBenchmark() {}

    /// @param arguments the model's name, the number of windows, and more options for `serve`; all optional
    public static void main(String[] arguments) throws Exception {
        String model = arguments.length > 0 ? arguments[0] : "coco";
        int windows = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 7;
        List<String> options = Arrays.asList(arguments).subList(Math.min(2, arguments.length), arguments.length);
        Logger.getLogger("").setLevel(Level.WARNING);
        List<byte[]> photos = DemoPhotos.all().stream()
                .filter(photo -> photo.fileName().endsWith(".jpg"))
                .map(DemoPhotos.DemoPhoto::bytes)
                .toList();
        Path data = Files.createTempDirectory("firstpass-image");
        try {
            ModelVersion version;
            try (DemoService service = DemoService.start(model, data, Isolation.IN_PROCESS)) {
                version = service.version();
            }
            try (ServerProcess server = ServerProcess.start(data, options)) {
                System.out.printf(
                        "%d cores; model %s, %d photos, %d in flight; load %s%n",
                        CORES,
                        model,
                        photos.size(),
                        IN_FLIGHT,
                        Files.readString(Path.of("/proc/loadavg")).strip());
                compare(server, version, photos, windows);
            }
        } finally {
            FileTree.delete(data);
        }
    }

    private static void compare(ServerProcess server, ModelVersion version, List<byte[]> photos, int windows)
            throws Exception {
        List<BareWalk> walks = new ArrayList<>();
        List<Connection> connections = new ArrayList<>();
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Callable<?>> parts = new ArrayList<>();
            AtomicInteger next = new AtomicInteger();
            for (int core = 0; core < CORES; core++) {
                BareWalk walk = new BareWalk(version, "firstpass", 1);
                walks.add(walk);
                parts.add(() -> walk.walk(photo(photos, next)));
            }
            List<Callable<?>> clients = new ArrayList<>();
            for (int client = 0; client < IN_FLIGHT; client++) {
                Connection connection = new Connection(
                        server.url().resolve("v1/models/" + version.name().value() + "/prelabels"));
                connections.add(connection);
                clients.add(() -> connection.post(photo(photos, next)));
            }
            Samples samples = new Samples();
            var _ = Throughput.of(parts, WINDOW, threads);
            for (double warm = 0; warm < WARM_UP_IMAGES; ) {
                warm += Throughput.of(clients, WINDOW, threads).perSecond() * WINDOW.toSeconds();
            }
            for (int window = 0; window < windows; window++) {
                Throughput bare = Throughput.of(parts, WINDOW, threads);
                double before = server.cpuSeconds();
                Throughput served = Throughput.of(clients, WINDOW, threads);
                double serverSeconds = server.cpuSeconds() - before;
                samples.add("bare", bare.perSecond());
                samples.add("bare CPU", bare.cpuMillis());
                samples.add("served", served.perSecond());
                samples.add("client CPU", served.cpuMillis());
                samples.add("server CPU", 1e3 * serverSeconds / (served.perSecond() * WINDOW.toSeconds()));
                samples.add("ratio", served.perSecond() / bare.perSecond());
            }
            print(samples, windows);
        } finally {
            walks.forEach(BareWalk::close);
            for (Connection connection : connections) {
                connection.close();
            }
        }
    }

    private static byte[] photo(List<byte[]> photos, AtomicInteger next) {
        return photos.get(Math.floorMod(next.getAndIncrement(), photos.size()));
    }

    private static void print(Samples samples, int windows) {
        System.out.printf("medians of %d windows of %d s each, in turns:%n", windows, WINDOW.toSeconds());
        System.out.printf(
                Locale.ROOT,
                "  parts alone, a thread a core %7.1f images/s, %6.2f ms of CPU each%n",
                samples.median("bare"),
                samples.median("bare CPU"));
        System.out.printf(
                Locale.ROOT,
                "  server over HTTP             %7.1f images/s, %6.2f ms of CPU each, and %.2f ms of the client's%n",
                samples.median("served"),
                samples.median("server CPU"),
                samples.median("client CPU"));
        System.out.printf(
                Locale.ROOT,
                "  server / parts: %.3f of the images (median of windows; %.3f to %.3f), %.3f of the CPU%n",
                samples.median("ratio"),
                samples.quantile("ratio", 0),
                samples.quantile("ratio", 0.999),
                samples.median("server CPU") / samples.median("bare CPU"));
    }
}
