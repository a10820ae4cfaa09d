package dev.firstpass.loadtest;

import dev.firstpass.registry.FileTree;
import dev.firstpass.registry.Sha256;
import dev.firstpass.server.demo.DemoPhotos;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Prints the CPU time of the server's process for each answer from the cache, over HTTP connections that stay open, and
/// what is left of it without the SHA-256 of the image, which is measured by itself. The server is a process of its own;
/// all of that process counts, its ledger, its metrics and its workers, which have nothing to do, included.
final class CachedBenchmark {
    private static final List<String> PHOTOS = List.of("dog.jpg", "chelsea.jpg");
    private static final List<Integer> CLIENTS = List.of(1, 8);
    private static final int WARM_UP = 40_000;
    private static final int DIGESTS = 3000;

    private CachedBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        int requests = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 20_000;
        int windows = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
        Path data = Files.createTempDirectory("firstpass-cached");
        Process server = start(data);
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8))) {
            String ready = out.readLine();
            if (ready == null || !ready.startsWith("ready ")) {
                throw new IOException("the server did not start: " + ready);
            }
            URI target = URI.create(ready.substring("ready ".length()).strip()).resolve("v1/models/coco/prelabels");
            System.out.printf("load average %s%n", load());
            System.out.printf(
                    "%-12s %8s %8s | CPU of the server, us per answer: %8s %8s | %8s | beyond the digest: %8s %8s%n",
                    "image", "bytes", "clients", "least", "median", "digest", "least", "median");
            for (int clients : CLIENTS) {
                for (String photo : PHOTOS) {
                    measure(server.toHandle(), target, photo, clients, requests, windows);
                }
            }
            System.out.printf("load average %s%n", load());
        } finally {
            server.destroy();
            server.waitFor();
            FileTree.delete(data);
        }
    }

    private static void measure(ProcessHandle server, URI target, String photo, int clients, int requests, int windows)
            throws Exception {
        byte[] image = DemoPhotos.all().stream()
                .filter(each -> each.fileName().equals(photo))
                .findFirst()
                .orElseThrow()
                .bytes();
        try (Clients open = new Clients(target, clients)) {
            open.post(image, WARM_UP);
            List<Double> costs = new ArrayList<>();
            List<Double> digests = new ArrayList<>();
            for (int window = 0; window < windows; window++) {
                double before = ServedProcess.cpuSeconds(server);
                open.post(image, requests);
                costs.add(1e6 * (ServedProcess.cpuSeconds(server) - before) / requests);
                digests.add(digestMicros(image));
            }
            costs.sort(Comparator.naturalOrder());
            digests.sort(Comparator.naturalOrder());
            double digest = digests.getFirst();
            System.out.printf(
                    Locale.ROOT,
                    "%-12s %8d %8d | %34s %8.1f %8.1f | %8.1f | %18s %8.1f %8.1f%n",
                    photo,
                    image.length,
                    clients,
                    "",
                    costs.getFirst(),
                    costs.get(windows / 2),
                    digest,
                    "",
                    costs.getFirst() - digest,
                    costs.get(windows / 2) - digest);
        }
    }

    private static double digestMicros(byte[] image) {
        var threads = ManagementFactory.getThreadMXBean();
        for (int i = 0; i < DIGESTS; i++) {
            Sha256.of(image);
        }
        long before = threads.getCurrentThreadCpuTime();
        for (int i = 0; i < DIGESTS; i++) {
            Sha256.of(image);
        }
        return (threads.getCurrentThreadCpuTime() - before) / 1e3 / DIGESTS;
    }

    private static String load() throws IOException {
        return Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0];
    }

    /// As users start it; the launcher becomes the server.
    private static Process start(Path data) throws IOException {
        Path model = data.resolve("model");
        Files.createDirectories(model);
        Files.copy(DemoFiles.model("coco"), model.resolve("coco.onnx"));
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("firstpass.launcher"),
                "serve",
                "--data",
                data.resolve("registry").toString(),
                "--port",
                "0",
                "--admin-port",
                "0",
                "--sandbox",
                "best-effort",
                "--model-dir",
                model.toString(),
                "--model-name",
                "coco"));
        return new ProcessBuilder(command).redirectError(new File("/dev/null")).start();
    }

    /// Connections that take turns.
    private static final class Clients implements AutoCloseable {
        private final List<Connection> connections = new ArrayList<>();
        private final ExecutorService threads = Executors.newCachedThreadPool();

        Clients(URI target, int count) throws IOException {
            for (int i = 0; i < count; i++) {
                connections.add(new Connection(target));
            }
        }

        void post(byte[] image, int requests) throws Exception {
            List<Future<?>> all = new ArrayList<>();
            for (Connection connection : connections) {
                all.add(threads.submit(() -> {
                    for (int i = 0; i < requests / connections.size(); i++) {
                        var _ = connection.post(image);
                    }
                    return null;
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        }

        @Override
        public void close() throws IOException {
            threads.shutdownNow();
            for (Connection connection : connections) {
                connection.close();
            }
        }
    }
}
