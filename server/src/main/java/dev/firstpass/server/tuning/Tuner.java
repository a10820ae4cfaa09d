package dev.firstpass.server.tuning;

import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.StageSource;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.runtime.engine.Closing;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.RunLostException;
import dev.firstpass.server.runtime.lifecycle.MadeSamples;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/// Runs a version in all ways of a plan, with all sessions of a way busy, and says what suits it. Everything is measured
/// in several passes, so that what else the machine does for a while does not hit one way alone.
///
/// For one thread; it has one more for each session while it measures. Takes as long as the plan says, and as opening the
/// model takes for each number of threads and pass.
public final class Tuner {
    private static final int PASSES = 2;
    private static final int LEAST_RUNS = 3;
    private static final int WARM_UPS = 2;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double NANOS_PER_SECOND = 1e9;

    private final ModelVersion version;
    private final TuningPlan plan;
    private final MadeSamples made;
    private final TuningBench.Maker benches;
    private final UnaryOperator<EngineSession> limited;
    private final LongSupplier nanoClock;

    private final Map<Key, Sample> samples = new LinkedHashMap<>();
    private final Map<String, String> shapes = new LinkedHashMap<>();
    private final Map<String, Set<String>> notes = new LinkedHashMap<>();

    /// @param made rows of stages that take no pixels
    /// @param limited ends runs that do not end by themselves
    public Tuner(
            ModelVersion version,
            TuningPlan plan,
            MadeSamples made,
            TuningBench.Maker benches,
            UnaryOperator<EngineSession> limited,
            LongSupplier nanoClock) {
        this.version = version;
        this.plan = plan;
        this.made = made;
        this.benches = benches;
        this.limited = limited;
        this.nanoClock = nanoClock;
    }

    /// @return in the order of the version's stages
    /// @throws RuntimeException if the version cannot be run at all
    public List<StageTuning> tune(TuningListener listener) throws InterruptedException {
        List<StageSpec> stages = version.manifest().spec().stages();
        int all = PASSES
                * stages.stream()
                        .mapToInt(stage ->
                                plan.ways() * plan.batches(stage.maxBatch()).size())
                        .sum();
        Counter counter = new Counter(listener, all, plan.time().toNanos() / all);
        for (int pass = 0; pass < PASSES; pass++) {
            for (int threads : plan.threads()) {
                try (TuningBench bench = benches.bench(threads)) {
                    for (StageSpec stage : stages) {
                        measure(bench, threads, stage, counter);
                    }
                }
            }
        }
        return stages.stream().map(this::tuning).toList();
    }

    private void measure(TuningBench bench, int threads, StageSpec stage, Counter counter) throws InterruptedException {
        EngineKind engine = version.stageFile(stage.name()).engine();
        SampleRow row = row(bench, engine, stage);
        shapes.put(stage.name(), row.shapes());
        List<Runnable> closings = new ArrayList<>();
        try (ExecutorService threadPool = Executors.newCachedThreadPool(
                Thread.ofPlatform().name("tune-", 0).daemon().factory())) {
            List<BusyLane> lanes = new ArrayList<>();
            for (int sessions : plan.sessions(threads)) {
                while (lanes.size() < sessions) {
                    lanes.add(open(bench, engine, stage, row, closings));
                }
                for (int batch : plan.batches(stage.maxBatch())) {
                    Key key = new Key(stage.name(), sessions, threads, batch);
                    Optional<String> refusal = measure(bench, engine, lanes, key, counter.nanosEach, threadPool);
                    counter.count();
                    refusal.ifPresent(why -> notes.computeIfAbsent(stage.name(), _ -> new LinkedHashSet<>())
                            .add(batch + " rows in a run: " + why));
                }
            }
        } finally {
            Closing.all(closings.stream());
        }
    }

    /// What the family makes depends on what the file declares, so that it is opened for that.
    private SampleRow row(TuningBench bench, EngineKind engine, StageSpec stage) throws InterruptedException {
        return switch (stage.source()) {
            case InputSpec input -> SampleRow.of(input, bench.slab());
            case StageSource.Made _ -> {
                try (EngineSession session = bench.host().open(engine, version.file(stage.name()))) {
                    yield new SampleRow(made.of(version.manifest().spec(), stage, session.signature())
                            .getFirst());
                }
            }
        };
    }

    private BusyLane open(
            TuningBench bench, EngineKind engine, StageSpec stage, SampleRow row, List<Runnable> closings) {
        EngineSession session = bench.host().open(engine, version.file(stage.name()));
        closings.addFirst(session::close);
        EngineSession ended = limited.apply(session);
        closings.addFirst(ended::close);
        session.endWarmUp();
        return new BusyLane(ended, row, bench.slab(), nanoClock);
    }

    /// @return why it cannot be run so
    private Optional<String> measure(
            TuningBench bench, EngineKind engine, List<BusyLane> lanes, Key key, long nanos, ExecutorService threads)
            throws InterruptedException {
        try {
            var _ = all(lanes, key.batch(), 0, WARM_UPS, threads);
            long cpuBefore = bench.cpu().nanos(engine);
            List<BusyLane.Times> times = all(lanes, key.batch(), nanos, LEAST_RUNS, threads);
            long cpu = bench.cpu().nanos(engine) - cpuBefore;
            samples.computeIfAbsent(key, _ -> new Sample()).add(times, cpu);
            return Optional.empty();
        } catch (EngineException | RunLostException e) {
            if (key.batch() == 1) {
                throw e;
            }
            samples.remove(key);
            return Optional.of("the model fails on them");
        }
    }

    private static List<BusyLane.Times> all(
            List<BusyLane> lanes, int batch, long nanos, int leastRuns, ExecutorService threads)
            throws InterruptedException {
        List<Future<BusyLane.Times>> futures = lanes.stream()
                .map(lane -> threads.submit(() -> lane.run(batch, nanos, leastRuns)))
                .toList();
        List<BusyLane.Times> times = new ArrayList<>();
        Optional<RuntimeException> failure = Optional.empty();
        for (Future<BusyLane.Times> future : futures) {
            try {
                times.add(future.get());
            } catch (ExecutionException e) {
                failure = Optional.of(
                        e.getCause() instanceof RuntimeException cause
                                ? cause
                                : new IllegalStateException("a run failed", e));
            }
        }
        failure.ifPresent(thrown -> {
            throw thrown;
        });
        return times;
    }

    private StageTuning tuning(StageSpec stage) {
        List<TuningPoint> points = samples.entrySet().stream()
                .filter(sample -> sample.getKey().stage().equals(stage.name()))
                .sorted(Map.Entry.comparingByKey(Key.ORDER))
                .map(sample -> sample.getValue().point(sample.getKey()))
                .toList();
        return StageTuning.of(
                stage.name(),
                shapes.getOrDefault(stage.name(), ""),
                points,
                List.copyOf(notes.getOrDefault(stage.name(), Set.of())));
    }

    private record Key(String stage, int sessions, int threads, int batch) {
        private static final Comparator<Key> ORDER = Comparator.comparingInt(Key::sessions)
                .thenComparingInt(Key::threads)
                .thenComparingInt(Key::batch);
    }

    /// What was measured of one way, in all passes.
    private static final class Sample {
        private final List<Long> runNanos = new ArrayList<>();
        private double rowsPerSecond;
        private long cpuNanos;
        private int passes;

        /// Each session at its own rate: they do not end at the same moment.
        void add(List<BusyLane.Times> times, long cpu) {
            passes++;
            cpuNanos += cpu;
            for (BusyLane.Times lane : times) {
                runNanos.addAll(lane.runNanos());
                rowsPerSecond += lane.runNanos().size() * NANOS_PER_SECOND / lane.nanos();
            }
        }

        TuningPoint point(Key key) {
            runNanos.sort(Long::compare);
            int runs = runNanos.size();
            return new TuningPoint(
                    key.sessions(),
                    key.threads(),
                    key.batch(),
                    rowsPerSecond / passes * key.batch(),
                    millis(0.5),
                    millis(0.95),
                    cpuNanos / NANOS_PER_MILLI / ((double) runs * key.batch()),
                    runs);
        }

        private double millis(double quantile) {
            return runNanos.get((int) Math.min(runNanos.size() - 1L, (long) (quantile * runNanos.size())))
                    / NANOS_PER_MILLI;
        }
    }

    private static final class Counter {
        private final TuningListener listener;
        private final int all;
        private final long nanosEach;
        private int done;

        Counter(TuningListener listener, int all, long nanosEach) {
            this.listener = listener;
            this.all = all;
            this.nanosEach = nanosEach;
        }

        void count() {
            done++;
            listener.measured(done, all);
        }
    }
}
