package dev.firstpass.loadtest;

import dev.firstpass.registry.FileTree;
import dev.firstpass.server.demo.DemoPhotos;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// Two servers as the launchers of two checkouts start them, the first of which asks for tokens: in pairs of short
/// measurements, whose order changes, each gets the same requests. Prints the medians of each, and the median and the quartiles of the
/// ratios within the pairs: what the machine does otherwise hits both of a pair alike.
///
/// Arguments: this tree, the other, pairs, seconds for each measurement.
final class AgainstBenchmark {
    private AgainstBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Path tree = Path.of(arguments[0]);
        Path other = Path.of(arguments[1]);
        int pairs = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 12;
        double seconds = arguments.length > 3 ? Double.parseDouble(arguments[3]) : 1;
        Path folder = Files.createTempDirectory("firstpass-against");
        Map<String, Path> models = models(folder);
        try (Subject here = Subject.start(tree, folder.resolve("here"), models, true);
                Subject there = Subject.start(other, folder.resolve("there"), models, false)) {
            System.out.printf("load average %s%n", load());
            System.out.printf(
                    "%-10s %9s | %10s %10s | %10s %10s | %s%n",
                    "request",
                    "in flight",
                    "here /s",
                    "CPU us",
                    "there /s",
                    "CPU us",
                    "here over there, median (quartiles): CPU, time of a request");
            for (Load load : Load.values()) {
                here.warmUp(load);
                there.warmUp(load);
                compare(load, here, there, pairs, Duration.ofMillis((long) (seconds * 1000)));
            }
            System.out.printf("load average %s%n", load());
        } finally {
            FileTree.delete(folder);
        }
    }

    /// What is asked.
    private enum Load {
        TINY_MANY("tiny64", 16),
        TINY("tiny64", 1),
        DETECTOR("det640", 16),
        PHOTO("photo", 8),
        CACHED("cached", 8);

        private final String request;
        private final int inFlight;

        Load(String request, int inFlight) {
            this.request = request;
            this.inFlight = inFlight;
        }
    }

    /// One measurement.
    private record Figures(double perSecond, double cpuMicros, double millis) {}

    /// One server.
    ///
    /// For one thread.
    private record Subject(LaunchedServer server, Map<String, ByteBuffer> requests) implements AutoCloseable {
        static Subject start(Path tree, Path data, Map<String, Path> models, boolean asksForTokens) throws Exception {
            for (var model : models.entrySet()) {
                LaunchedServer.register(tree, data, model.getKey(), model.getValue());
            }
            String head = "";
            if (asksForTokens) {
                String token = LaunchedServer.token(tree, data, List.of("tensors", "prelabel"));
                head = "Authorization: Bearer " + token + "\r\n";
            }
            LaunchedServer server = LaunchedServer.start(
                    tree, data, asksForTokens ? Map.of("FIRSTPASS_SECURITY_AUTHENTICATION", "tokens") : Map.of());
            byte[] photo = DemoPhotos.all().stream()
                    .filter(each -> each.fileName().equals("dog.jpg"))
                    .findFirst()
                    .orElseThrow()
                    .bytes();
            Map<String, ByteBuffer> requests = new LinkedHashMap<>();
            requests.put("tiny64", TensorRequest.of("tiny64", DetectorModel.tiny64(), head));
            requests.put("det640", TensorRequest.of("det640", DetectorModel.det640(), head));
            requests.put("photo", photo(head + "Cache-Control: no-cache\r\n", photo));
            requests.put("cached", photo(head, photo));
            return new Subject(server, requests);
        }

        Figures measure(Load load, Duration time) throws IOException {
            ByteBuffer request = requests.getOrDefault(load.request, ByteBuffer.allocate(0));
            double cpu = server.cpuSeconds();
            ClosedLoop.Result result = ClosedLoop.run(server.port(), request, load.inFlight, time);
            return new Figures(
                    result.perSecond(), (server.cpuSeconds() - cpu) / result.done() * 1e6, result.millis(0.5));
        }

        void warmUp(Load load) throws IOException {
            WarmUp.run(server::cpuSeconds, server::compilerSeconds, time -> {
                var _ = measure(load, time);
            });
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    private static void compare(Load load, Subject here, Subject there, int pairs, Duration time) throws IOException {
        List<Figures> ours = new ArrayList<>();
        List<Figures> theirs = new ArrayList<>();
        for (int i = 0; i < pairs; i++) {
            if (i % 2 == 0) {
                ours.add(here.measure(load, time));
            }
            theirs.add(there.measure(load, time));
            if (i % 2 == 1) {
                ours.add(here.measure(load, time));
            }
        }
        List<Double> cpu = new ArrayList<>();
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < pairs; i++) {
            cpu.add(ours.get(i).cpuMicros() / theirs.get(i).cpuMicros());
            millis.add(ours.get(i).millis() / theirs.get(i).millis());
        }
        System.out.printf(
                Locale.ROOT,
                "%-10s %9d | %10.1f %10.1f | %10.1f %10.1f | %s, %s%n",
                load.request,
                load.inFlight,
                median(ours, Figures::perSecond),
                median(ours, Figures::cpuMicros),
                median(theirs, Figures::perSecond),
                median(theirs, Figures::cpuMicros),
                quartiles(cpu),
                quartiles(millis));
    }

    private static double median(List<Figures> figures, ToDoubleFunction<Figures> one) {
        return quantile(figures.stream().map(one::applyAsDouble).toList(), 0.5);
    }

    private static String quartiles(List<Double> ratios) {
        return String.format(
                Locale.ROOT,
                "%.3f (%.3f to %.3f)",
                quantile(ratios, 0.5),
                quantile(ratios, 0.25),
                quantile(ratios, 0.75));
    }

    private static double quantile(List<Double> values, double part) {
        List<Double> sorted = values.stream().sorted(Comparator.naturalOrder()).toList();
        return sorted.get((int) (part * (sorted.size() - 1)));
    }

    private static Map<String, Path> models(Path folder) throws Exception {
        Map<String, Path> models = new LinkedHashMap<>();
        for (var model : Map.of("tiny64", DetectorModel.tiny64(), "det640", DetectorModel.det640())
                .entrySet()) {
            Path own = Files.createDirectories(folder.resolve(model.getKey()));
            var _ = model.getValue().write(own.resolve(model.getKey() + ".onnx"));
            Files.writeString(own.resolve("firstpass.yaml"), model.getValue().manifest());
            models.put(model.getKey(), own);
        }
        models.put("coco", DemoFiles.model("coco"));
        return models;
    }

    private static ByteBuffer photo(String head, byte[] photo) {
        byte[] text = ("POST /v1/models/coco/prelabels HTTP/1.1\r\nHost: 127.0.0.1\r\n" + head
                        + "Content-Type: image/jpeg\r\nContent-Length: " + photo.length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(text.length + photo.length)
                .put(text)
                .put(photo)
                .flip();
    }

    private static String load() throws IOException {
        return Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0];
    }
}
