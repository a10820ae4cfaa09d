package dev.firstpass.loadtest;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.config.Isolation;
import dev.firstpass.server.runtime.batch.schedule.BatchPolicy;
import dev.firstpass.server.runtime.batch.schedule.BatchSchedule;
import dev.firstpass.server.runtime.batch.schedule.Buckets;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.InProcessDeviceHost;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.onnx.OnnxEngine;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// How well the schedule foretells how long runs of real models take: batches of 1 to 8 rows in random turns, the engine in
/// process on one thread, each run foretold before it and learned from after it as in a server.
///
/// A machine that others use as well cannot be foretold. So the same runs are held against the best that there is, the median
/// of all runs of as many rows, which nobody knows beforehand. A model gets a minute at most.
public final class ProfileBenchmark {
    private static final int MOST_ROWS = 8;
    private static final int WARM_UP_ROUNDS = 3;
    private static final ImageSize PHOTO = new ImageSize(640, 480);
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long ALIGNMENT = 64;

    private ProfileBenchmark() {}

    /// @param arguments how many rounds, then models' names; all optional
    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 40;
        List<String> models = arguments.length > 1
                ? List.of(arguments).subList(1, arguments.length)
                : List.of("coco", "text", "salient");
        Logger.getLogger("").setLevel(Level.WARNING);
        System.out.printf(
                "%d cores, load %s; %d rounds of 1 to %d rows%n%n| model | ms for a row | error, p95 | best possible, p95 | must |%n|---|---|---|---|---|%n",
                Runtime.getRuntime().availableProcessors(), load(), rounds, MOST_ROWS);
        for (String model : models) {
            Path data = Files.createTempDirectory("firstpass-profile");
            try (DemoService service = DemoService.start(model, data, Isolation.IN_PROCESS)) {
                of(service.version(), rounds);
            } finally {
                delete(data);
            }
        }
        System.out.printf("%nload at the end: %s%n", load());
    }

    private static String load() throws IOException {
        return Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0];
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Collections.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static void of(ModelVersion version, int rounds) {
        try (Slab slab = new Slab(1 << 20, 1 << 20);
                DeviceHost host = new InProcessDeviceHost("cpu", List.of(OnnxEngine.load(System.getenv(), 1)), slab)) {
            List<StageSpec> ofPixels = version.manifest().spec().stages().stream()
                    .filter(stage -> !stage.isMade())
                    .toList();
            for (StageSpec stage : ofPixels) {
                try (EngineSession session =
                        host.open(version.stageFile(stage.name()).engine(), version.file(stage.name()))) {
                    print(version.name() + ", " + stage.name(), runs(session, stage, rounds));
                }
            }
        }
    }

    /// A run, and what was foretold.
    private record Run(int rows, double expected, double took) {}

    private static List<Run> runs(EngineSession session, StageSpec stage, int rounds) {
        int most = Math.min(MOST_ROWS, stage.maxBatch());
        BatchSchedule<Integer> schedule =
                new BatchSchedule<>(new OneShape(), 1, (_, _) -> most, BatchPolicy.DEFAULTS, _ -> 1, (_, _) -> {});
        Random random = new Random(1);
        List<Run> runs = new ArrayList<>();
        long start = System.nanoTime();
        for (int round = -WARM_UP_ROUNDS; round < rounds && System.nanoTime() - start < LONGEST_NANOS; round++) {
            List<Integer> sizes =
                    new ArrayList<>(IntStream.rangeClosed(1, most).boxed().toList());
            Collections.shuffle(sizes, random);
            for (int rows : sizes) {
                double expected = schedule.expected(0, 0, rows).toNanos();
                long took = run(session, stage, rows, random);
                // The first runs of an engine are for its own preparations.
                if (round > -WARM_UP_ROUNDS) {
                    schedule.warmedUp(0, 0, rows, took);
                }
                if (round >= 0) {
                    runs.add(new Run(rows, expected, took));
                }
            }
        }
        return runs;
    }

    private static long run(EngineSession session, StageSpec stage, int rows, Random random) {
        Shape shape = stage.input().rowShape(stage.input().size().of(PHOTO)).withBatch(rows);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment pixels = arena.allocate(stage.input().dtype().bytes(shape), ALIGNMENT);
            switch (stage.input().dtype()) {
                case FLOAT32 -> {
                    for (long at = 0; at < pixels.byteSize(); at += Float.BYTES) {
                        pixels.set(ValueLayout.JAVA_FLOAT, at, random.nextFloat());
                    }
                }
                default -> {
                    for (long at = 0; at < pixels.byteSize(); at++) {
                        pixels.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
                    }
                }
            }
            List<BatchTensor> inputs =
                    List.of(new BatchTensor(stage.input().name(), stage.input().dtype(), shape, pixels));
            long before = System.nanoTime();
            var _ = session.run(inputs, bytes -> arena.allocate(bytes, ALIGNMENT));
            return System.nanoTime() - before;
        }
    }

    private static void print(String name, List<Run> runs) {
        if (runs.isEmpty()) {
            System.out.println("| " + name + " | - | - | - | not one round in a minute |");
            return;
        }
        double[] medians = new double[MOST_ROWS + 1];
        for (int rows = 1; rows <= MOST_ROWS; rows++) {
            int size = rows;
            medians[rows] = quantile(
                    runs.stream()
                            .filter(run -> run.rows == size)
                            .mapToDouble(Run::took)
                            .toArray(),
                    0.5);
        }
        double error = quantile(
                runs.stream()
                        .mapToDouble(run -> Math.abs(run.expected - run.took) / run.took)
                        .toArray(),
                0.95);
        double least = quantile(
                runs.stream()
                        .mapToDouble(run -> Math.abs(medians[run.rows] - run.took) / run.took)
                        .toArray(),
                0.95);
        System.out.printf(
                Locale.ROOT,
                "| %s | %.1f | %.1f %% | %.1f %% | <= 10 %%: %s |%n",
                name,
                medians[1] / 1e6,
                100 * error,
                100 * least,
                error <= 0.1 ? "holds" : "missed");
    }

    private static double quantile(double[] values, double part) {
        Arrays.sort(values);
        return values.length == 0 ? Double.NaN : values[(int) (part * (values.length - 1))];
    }

    private static final class OneShape implements Buckets {
        @Override
        public int count() {
            return 1;
        }

        @Override
        public long pixels(int bucket) {
            return (long) PHOTO.width() * PHOTO.height();
        }
    }
}
