package dev.firstpass.server.e2e;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.server.ServerRuntime;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.config.Isolation;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.config.RuntimeConfigs;
import dev.firstpass.server.demo.DemoModel;
import dev.firstpass.server.demo.DemoModels;
import dev.firstpass.server.demo.FetchListener;
import dev.firstpass.server.runtime.fake.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/// What loading another model does to the requests of one that runs: a detector asked 20 times a second, in turns
/// without loads and with one load after the other, a quarter of the time. Quiet turns and turns with loads take
/// turns, so that what else the machine does meanwhile falls on both; percentiles are of all turns of a kind together.
///
/// `main` takes the isolation (`IN_PROCESS` or `WORKER`); what is loaded: `sized`, a model of 18 MB that computes next
/// to nothing, or a model of the demo (`text`, `salient`); and, where it is to be otherwise, the pairs of turns, the
/// seconds of each, and how many times its length follows a load as a pause (0: one load after the other).
///
/// docs/residency.md has what came of it.
///
/// For one thread.
final class LoadingBenchmark {
    private static final int PAIRS = 8;
    private static final int SECONDS = 15;
    private static final long BETWEEN_NANOS = 50_000_000;
    private static final int PAUSES = 3;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final List<Double> SHARES = List.of(0.5, 0.95, 0.99);

    private final ServerRuntime runtime;
    private final ModelVersion other;
    private final Duration turn;
    private final int pauses;
    private final List<Long> loadNanos = Collections.synchronizedList(new ArrayList<>());

    private LoadingBenchmark(ServerRuntime runtime, ModelVersion other, Duration turn, int pauses) {
        this.runtime = runtime;
        this.other = other;
        this.turn = turn;
        this.pauses = pauses;
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Files.createTempDirectory("loading-benchmark-");
        RuntimeConfig config = RuntimeConfigs.forCores(Runtime.getRuntime().availableProcessors())
                .queueCapacity(256)
                .in(Isolation.valueOf(arguments[0]));
        Path coco = DemoServer.models().fetch(DemoModels.all().getFirst(), FetchListener.NONE);
        try (ServerRuntime runtime = ServerRuntime.open(folder.resolve("data"), config)) {
            register(runtime, "coco", coco);
            ModelVersion other =
                    register(runtime, "other", file(arguments.length > 1 ? arguments[1] : "sized", folder));
            Duration turn = Duration.ofSeconds(number(arguments, 3, SECONDS));
            new LoadingBenchmark(runtime, other, turn, number(arguments, 4, PAUSES)).run(number(arguments, 2, PAIRS));
        }
    }

    private static ModelVersion register(ServerRuntime runtime, String name, Path file) {
        return runtime.register(new ModelName(name), file, Optional.empty(), ProgressListener.NONE)
                .version();
    }

    private static int number(String[] arguments, int index, int otherwise) {
        return arguments.length > index ? Integer.parseInt(arguments[index]) : otherwise;
    }

    private static Path file(String other, Path folder) throws IOException {
        if (other.equals("sized")) {
            return SizedModel.write(folder.resolve("other.onnx"), 1, 18 << 20);
        }
        DemoModel model = DemoModels.all().stream()
                .filter(one -> one.name().equals(other))
                .findFirst()
                .orElseThrow();
        return DemoServer.models().fetch(model, FetchListener.NONE);
    }

    private void run(int pairs) throws Exception {
        var _ = turn(true);
        loadNanos.clear();
        List<Long> quiet = new ArrayList<>();
        List<Long> loading = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < pairs; i++) {
            List<Long> without = turn(false);
            List<Long> with = turn(true);
            ratios.add(at(with, 0.99) / at(without, 0.99));
            System.out.printf(
                    "p99: %.1f ms, with loads %.1f ms, ratio %.2f%n",
                    at(without, 0.99), at(with, 0.99), ratios.getLast());
            quiet.addAll(without);
            loading.addAll(with);
        }
        for (double share : SHARES) {
            System.out.printf(
                    "p%.0f of %d: %.1f ms, with loads %.1f ms, ratio %.2f%n",
                    100 * share,
                    quiet.size(),
                    at(quiet, share),
                    at(loading, share),
                    at(loading, share) / at(quiet, share));
        }
        Collections.sort(ratios);
        System.out.printf("median ratio of p99 of a pair: %.2f%n", ratios.get(pairs / 2));
        System.out.printf("%d loads, of %.0f ms (median)%n", loadNanos.size(), at(loadNanos, 0.5));
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
        for (long due = start; due < start + turn.toNanos(); due += BETWEEN_NANOS) {
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            runtime.prelabeler().prelabel(Requests.of("coco", "dog", Goldens.photo("dog.jpg"), "firstpass"));
            nanos.add(System.nanoTime() - due);
        }
        stop.set(true);
        loader.join();
        return nanos;
    }

    private void loadAgainAndAgain(AtomicBoolean stop) {
        try {
            while (!stop.get()) {
                runtime.models().retire(other.ref()).join();
                long start = System.nanoTime();
                runtime.models().lease(other, Rows.soon(), Priority.BULK).close();
                long took = System.nanoTime() - start;
                loadNanos.add(took);
                LockSupport.parkNanos(pauses * took);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static double at(List<Long> nanos, double share) {
        return nanos.stream().sorted().toList().get((int) (share * (nanos.size() - 1))) / NANOS_PER_MILLI;
    }
}
