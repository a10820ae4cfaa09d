package dev.firstpass.server.e2e;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.server.ServerRuntime;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.config.Isolation;
import dev.firstpass.server.config.ModelMemory;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.config.Sandbox;
import dev.firstpass.server.demo.DemoModels;
import dev.firstpass.server.demo.FetchListener;
import dev.firstpass.server.runtime.fake.Rows;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// What loading other models does to the requests of one that runs: a detector asked 20 times a second, in turns of five
/// seconds without loads and with one load of a model of 18 MB after the other, a quarter of the time. `main` takes the
/// isolation (`IN_PROCESS` or `WORKER`).
///
/// On two cores with other work on them (load 8), median of six ratios of the 99th percentile: 1.95 in process, 2.31 in
/// a worker, single ratios from 0.3 to 8.8. A quiet machine has yet to say what of that is the loads' doing.
///
/// For one thread.
final class LoadingBenchmark {
    private static final int TURNS = 6;
    private static final Duration TURN = Duration.ofSeconds(5);
    private static final long BETWEEN_NANOS = 50_000_000;
    private static final int PAUSES_FOR_EACH_LOAD = 3;
    private static final double NANOS_PER_MILLI = 1e6;

    private final ServerRuntime runtime;
    private final ModelVersion other;
    private final AtomicInteger loads = new AtomicInteger();

    private LoadingBenchmark(ServerRuntime runtime, ModelVersion other) {
        this.runtime = runtime;
        this.other = other;
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Files.createTempDirectory("loading-benchmark-");
        RuntimeConfig standard = RuntimeConfig.forCores(Runtime.getRuntime().availableProcessors());
        RuntimeConfig config = new RuntimeConfig(
                standard.cpuPermits(),
                standard.engineThreads(),
                standard.rowBytes(),
                standard.resultBytes(),
                0,
                standard.queueCapacity(),
                standard.images(),
                Isolation.valueOf(arguments[0]),
                Sandbox.REQUIRED,
                ModelMemory.STANDARD,
                standard.supervision());
        Path coco = DemoServer.models().fetch(DemoModels.all().getFirst(), FetchListener.NONE);
        try (ServerRuntime runtime = ServerRuntime.open(folder.resolve("data"), config)) {
            register(runtime, "coco", coco);
            ModelVersion other =
                    register(runtime, "other", SizedModel.write(folder.resolve("other.onnx"), 1, 18 << 20));
            new LoadingBenchmark(runtime, other).run();
        }
    }

    private static ModelVersion register(ServerRuntime runtime, String name, Path file) {
        return runtime.register(new ModelName(name), file, Optional.empty(), ProgressListener.NONE)
                .version();
    }

    private void run() throws Exception {
        turn(false);
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < TURNS; i++) {
            List<Long> quiet = turn(false);
            int before = loads.get();
            List<Long> loading = turn(true);
            ratios.add(at(loading, 0.99) / at(quiet, 0.99));
            System.out.printf(
                    "quiet p50 %.1f p99 %.1f ms; with %d loads p50 %.1f p99 %.1f ms; ratio of p99 %.2f%n",
                    at(quiet, 0.5),
                    at(quiet, 0.99),
                    loads.get() - before,
                    at(loading, 0.5),
                    at(loading, 0.99),
                    ratios.getLast());
        }
        Collections.sort(ratios);
        System.out.printf("median ratio of p99: %.2f%n", ratios.get(TURNS / 2));
    }

    /// Nanoseconds of each request, from when it was due.
    private List<Long> turn(boolean loading) throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        Thread loader = Thread.ofPlatform().start(() -> {
            if (loading) {
                loadAgainAndAgain(stop);
            }
        });
        List<Long> nanos = new ArrayList<>();
        long start = System.nanoTime();
        for (long due = start; due < start + TURN.toNanos(); due += BETWEEN_NANOS) {
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            runtime.prelabeler().prelabel(Requests.of("coco", "dog", Goldens.photo("dog.jpg"), "firstpass"));
            nanos.add(System.nanoTime() - due);
        }
        stop.set(true);
        loader.join();
        Collections.sort(nanos);
        return nanos;
    }

    private void loadAgainAndAgain(AtomicBoolean stop) {
        try {
            while (!stop.get()) {
                runtime.models().retire(other.ref()).join();
                long start = System.nanoTime();
                runtime.models().lease(other, Rows.soon(), Priority.BULK).close();
                loads.incrementAndGet();
                LockSupport.parkNanos(PAUSES_FOR_EACH_LOAD * (System.nanoTime() - start));
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static double at(List<Long> sorted, double share) {
        return sorted.get((int) (share * (sorted.size() - 1))) / NANOS_PER_MILLI;
    }
}
