package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.StageSource;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.server.runtime.batch.WarmUpTimes;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;

/// Runs zeros, or what a family makes, through a session that was just opened, in every number of rows that its batcher will
/// run and in the usual shapes: so that the first request does not pay for first-time work, memory is as much as it gets, a
/// batch axis that is not what the manifest says is found now, and it is known how long a run takes.
///
/// For one thread.
final class WarmUp {
    /// What a model whose input size follows the asset is warmed up with: a photo, upright and across, a square and a
    /// video frame.
    private static final List<ImageSize> TYPICAL_ASSETS = List.of(
            new ImageSize(1024, 768), new ImageSize(768, 1024), new ImageSize(1024, 1024), new ImageSize(1920, 1080));

    private static final long ALIGNMENT = 64;

    /// Runs after the first whose times count.
    private static final int TIMED_RUNS = 3;

    /// A warm-up that has taken this long makes only the runs that it must.
    private static final long LONG_NANOS = 300_000_000;

    private final EngineSession session;
    private final LongSupplier nanoClock;
    private final long start;

    private WarmUp(EngineSession session, LongSupplier nanoClock) {
        this.session = session;
        this.nanoClock = nanoClock;
        this.start = nanoClock.getAsLong();
    }

    /// @param mostRows in one run of the batcher
    /// @param made what a family makes for the stage, asked where it makes its rows
    /// @throws EngineException if a run fails, or the model has no such input
    static WarmUpTimes of(
            EngineSession session,
            StageSpec stage,
            int mostRows,
            Function<EngineSession, List<List<Tensor>>> made,
            LongSupplier nanoClock) {
        WarmUp warmUp = new WarmUp(session, nanoClock);
        List<WarmUpTimes.Point> points = new ArrayList<>();
        for (Sample sample : samples(session, stage, made)) {
            for (int rows : batches(mostRows)) {
                points.add(new WarmUpTimes.Point(sample.shapes(), rows, warmUp.nanos(sample, rows)));
            }
        }
        return new WarmUpTimes(points);
    }

    /// One run of the shape that needs most memory, in a session whose model has been warmed up.
    ///
    /// @return how long it took
    static long ofLargest(
            EngineSession session,
            StageSpec stage,
            int mostRows,
            Function<EngineSession, List<List<Tensor>>> made,
            LongSupplier nanoClock) {
        Sample largest = samples(session, stage, made).stream()
                .max(Comparator.comparingLong(Sample::elements))
                .orElseThrow();
        return new WarmUp(session, nanoClock).run(largest, mostRows);
    }

    private static List<Sample> samples(
            EngineSession session, StageSpec stage, Function<EngineSession, List<List<Tensor>>> made) {
        return switch (stage.source()) {
            case InputSpec input -> zeros(session, input);
            case StageSource.Made _ ->
                made.apply(session).stream().<Sample>map(OfFamily::new).toList();
        };
    }

    private static List<Sample> zeros(EngineSession session, InputSpec input) {
        if (session.signature().input(input.name()).isEmpty()) {
            throw new EngineException("the model has no input " + input.name() + " (it has "
                    + session.signature().inputs().stream()
                            .map(TensorInfo::name)
                            .toList() + ")");
        }
        return TYPICAL_ASSETS.stream()
                .map(asset -> input.rowShape(input.size().of(asset)))
                .distinct()
                .<Sample>map(row -> new Zeros(input, row))
                .toList();
    }

    /// Powers of two, and the most.
    private static List<Integer> batches(int mostRows) {
        List<Integer> batches = new ArrayList<>();
        for (int rows = 1; rows < mostRows; rows *= 2) {
            batches.add(rows);
        }
        batches.add(mostRows);
        return batches;
    }

    private long nanos(Sample sample, int rows) {
        List<Long> times = new ArrayList<>();
        long first = run(sample, rows);
        while (times.size() < TIMED_RUNS && nanoClock.getAsLong() - start < LONG_NANOS) {
            times.add(run(sample, rows));
        }
        times.sort(Long::compare);
        return times.isEmpty() ? first : times.get(times.size() / 2);
    }

    private long run(Sample sample, int rows) {
        try (Arena arena = Arena.ofShared()) {
            List<BatchTensor> inputs = sample.inputs(rows, arena);
            long before = nanoClock.getAsLong();
            var _ = session.run(inputs, bytes -> arena.allocate(bytes, ALIGNMENT));
            return nanoClock.getAsLong() - before;
        }
    }

    /// One row.
    private sealed interface Sample {
        /// Of its tensors.
        List<Shape> shapes();

        /// The row so many times, in the arena's memory.
        List<BatchTensor> inputs(int rows, Arena arena);

        default long elements() {
            return shapes().stream().mapToLong(Shape::elements).sum();
        }
    }

    private record Zeros(InputSpec input, Shape row) implements Sample {
        @Override
        public List<Shape> shapes() {
            return List.of(row);
        }

        @Override
        public List<BatchTensor> inputs(int rows, Arena arena) {
            Shape batch = row.withBatch(rows);
            MemorySegment zeros = arena.allocate(input.dtype().bytes(batch), ALIGNMENT);
            return List.of(new BatchTensor(input.name(), input.dtype(), batch, zeros));
        }
    }

    /// Runs by itself.
    private record OfFamily(List<Tensor> tensors) implements Sample {
        @Override
        public List<Shape> shapes() {
            return tensors.stream().map(Tensor::shape).toList();
        }

        @Override
        public List<BatchTensor> inputs(int rows, Arena arena) {
            return tensors.stream().map(tensor -> copy(tensor, arena)).toList();
        }

        private static BatchTensor copy(Tensor tensor, Arena arena) {
            MemorySegment copy =
                    arena.allocate(tensor.data().byteSize(), ALIGNMENT).copyFrom(tensor.data());
            return new BatchTensor(tensor.name(), tensor.type(), tensor.shape(), copy);
        }
    }
}
