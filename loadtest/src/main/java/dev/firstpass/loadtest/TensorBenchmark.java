package dev.firstpass.loadtest;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.onnx.OnnxEngine;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// The raw-tensor door against the same engine called in process, in the same run: two models, binary tensors over HTTP,
/// server and client in processes of their own, rounds in turn. Prints medians of the rounds.
///
/// Arguments: rounds, seconds for each measurement.
public final class TensorBenchmark {
    private static final int MANY = 16;

    private TensorBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        int rounds = Integer.parseInt(arguments[0]);
        Duration time = Duration.ofMillis((long) (Double.parseDouble(arguments[1]) * 1000));
        Path folder = Files.createTempDirectory("tensors");
        Map<String, DetectorModel> models = new LinkedHashMap<>();
        models.put("det640", DetectorModel.det640());
        models.put("tiny64", DetectorModel.tiny64());
        Map<String, Subject> subjects = new LinkedHashMap<>();
        List<String> registered = new ArrayList<>();
        for (var model : models.entrySet()) {
            Path file = model.getValue().write(folder.resolve(model.getKey() + ".onnx"));
            Path manifest = Files.writeString(
                    folder.resolve(model.getKey() + ".yaml"), model.getValue().manifest());
            subjects.put(model.getKey(), new Subject(model.getValue(), file));
            registered.addAll(List.of(model.getKey(), file.toString(), manifest.toString()));
        }
        System.out.printf(
                "%d cores, load %s, %d rounds of %s each%n",
                Runtime.getRuntime().availableProcessors(), load(), rounds, time);
        Map<String, ServedProcess> servers = new LinkedHashMap<>();
        try {
            for (String isolation : List.of("WORKER", "IN_PROCESS")) {
                List<String> own =
                        new ArrayList<>(List.of(folder.resolve(isolation).toString(), isolation));
                own.addAll(registered);
                servers.put(isolation, ServedProcess.start(own));
            }
            for (ServedProcess server : servers.values()) {
                // The small one first: what both have in common is compiled sooner by it.
                warmUp(server, "tiny64", DetectorModel.tiny64());
                warmUp(server, "det640", DetectorModel.det640());
            }
            for (var subject : subjects.entrySet()) {
                measure(subject.getKey(), subject.getValue(), servers, rounds, time);
            }
        } finally {
            for (ServedProcess server : servers.values()) {
                server.close();
            }
        }
        System.out.printf("load %s%n", load());
    }

    /// What is asked of both.
    private record Subject(DetectorModel model, Path file) {}

    /// A server and what is sent to it.
    private record Target(ServedProcess server, ByteBuffer request) {}

    private static void warmUp(ServedProcess server, String name, DetectorModel model) throws IOException {
        ByteBuffer request = TensorRequest.of(name, model, "");
        WarmUp.run(server::cpuSeconds, server::compilerSeconds, time -> {
            var _ = ClosedLoop.run(server.port(), request, MANY, time);
        });
    }

    private static void measure(
            String name, Subject subject, Map<String, ServedProcess> servers, int rounds, Duration time)
            throws Exception {
        Map<String, List<double[]>> figures = new LinkedHashMap<>();
        Map<String, Target> targets = new LinkedHashMap<>();
        for (var server : servers.entrySet()) {
            targets.put(server.getKey(), new Target(server.getValue(), TensorRequest.of(name, subject.model(), "")));
        }
        List<double[]> plain = new ArrayList<>();
        int threads = Runtime.getRuntime().availableProcessors();
        try (Raw raw = new Raw(subject.file(), subject.model());
                ExecutorService callers = Executors.newFixedThreadPool(threads)) {
            for (int round = -1; round < rounds; round++) {
                List<Callable<?>> runs = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    runs.add(raw.caller());
                }
                Throughput alone = Throughput.of(runs, time, callers);
                if (round >= 0) {
                    plain.add(new double[] {alone.perSecond(), alone.cpuMillis() * 1000});
                }
                for (var target : targets.entrySet()) {
                    ServedProcess server = target.getValue().server();
                    for (int inFlight : new int[] {MANY, 1}) {
                        double cpu = server.cpuSeconds();
                        double compilers = server.compilerSeconds();
                        ClosedLoop.Result result =
                                ClosedLoop.run(server.port(), target.getValue().request(), inFlight, time);
                        double perRequest = (server.cpuSeconds() - cpu) / result.done() * 1e6;
                        note(
                                figures,
                                target.getKey() + " " + inFlight,
                                round,
                                result.perSecond(),
                                perRequest,
                                (server.compilerSeconds() - compilers) / result.done() * 1e6,
                                result.millis(0.5));
                    }
                }
            }
        }
        print(name, threads, median(plain), figures);
    }

    private static void print(String name, int threads, double[] plain, Map<String, List<double[]>> figures) {
        System.out.printf(
                Locale.ROOT, "%s: raw %.1f/s with %d callers, %.0f us CPU each%n", name, plain[0], threads, plain[1]);
        figures.forEach((what, rows) -> {
            double[] row = median(rows);
            System.out.printf(
                    Locale.ROOT,
                    "  %-13s in flight: %9.1f/s = %.3f of raw, %7.0f us CPU = %+.0f over raw, %.0f of compilers, median %.3f ms%n",
                    what,
                    row[0],
                    row[0] / plain[0],
                    row[1],
                    row[1] - plain[1],
                    row[2],
                    row[3]);
        });
    }

    /// The first round is warm-up.
    private static void note(Map<String, List<double[]>> figures, String what, int round, double... row) {
        if (round >= 0) {
            figures.computeIfAbsent(what, _ -> new ArrayList<>()).add(row);
        }
    }

    private static double[] median(List<double[]> rows) {
        double[] medians = new double[rows.getFirst().length];
        for (int i = 0; i < medians.length; i++) {
            int column = i;
            double[] sorted =
                    rows.stream().mapToDouble(row -> row[column]).sorted().toArray();
            medians[i] = sorted[sorted.length / 2];
        }
        return medians;
    }

    private static String load() throws IOException {
        return Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0];
    }

    /// The engine by itself: one session of one thread, called by several.
    private static final class Raw implements AutoCloseable {
        private final Path file;
        private final DetectorModel model;
        private final List<EngineSession> sessions = new ArrayList<>();
        private final List<Arena> arenas = new ArrayList<>();

        Raw(Path file, DetectorModel model) {
            this.file = file;
            this.model = model;
        }

        /// Its own session and memory, used anew for each run.
        Callable<?> caller() {
            EngineSession session = OnnxEngine.load(System.getenv(), 1).open(file);
            sessions.add(session);
            Arena arena = Arena.ofShared();
            arenas.add(arena);
            MemorySegment pixels = arena.allocate(model.rowBytes(), 64);
            MemorySegment results = arena.allocate(4L * DetectorModel.CHANNELS * model.anchors() + 4096, 64);
            List<BatchTensor> inputs = List.of(
                    new BatchTensor("images", ElementType.UINT8, Shape.of(1, 3, model.side(), model.side()), pixels));
            return () -> {
                SegmentAllocator memory = SegmentAllocator.slicingAllocator(results);
                return session.run(inputs, bytes -> memory.allocate(bytes, 64));
            };
        }

        @Override
        public void close() {
            sessions.forEach(EngineSession::close);
            arenas.forEach(Arena::close);
        }
    }
}
