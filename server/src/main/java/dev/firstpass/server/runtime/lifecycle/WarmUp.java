package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.Shape;
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
import java.util.function.LongSupplier;

/// Runs zeros through a session that was just opened, in every number of rows that its batcher will run and in the
/// usual shapes: so that the first request does not pay for first-time work, memory is as much as it gets, a batch axis
/// that is not what the manifest says is found now, and it is known how long a run takes.
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
    private final InputSpec input;
    private final LongSupplier nanoClock;
    private final long start;

    private WarmUp(EngineSession session, InputSpec input, LongSupplier nanoClock) {
        this.session = session;
        this.input = input;
        this.nanoClock = nanoClock;
        this.start = nanoClock.getAsLong();
    }

    /// @param mostRows in one run of the batcher
    /// @throws EngineException if a run fails, or the model has no such input
    static WarmUpTimes of(EngineSession session, StageSpec stage, int mostRows, LongSupplier nanoClock) {
        InputSpec input = stage.input();
        if (session.signature().input(input.name()).isEmpty()) {
            throw new EngineException("the model has no input " + input.name() + " (it has "
                    + session.signature().inputs().stream()
                            .map(TensorInfo::name)
                            .toList() + ")");
        }
        WarmUp warmUp = new WarmUp(session, input, nanoClock);
        List<WarmUpTimes.Point> points = new ArrayList<>();
        for (Shape row : rows(input)) {
            for (int rows : batches(mostRows)) {
                points.add(new WarmUpTimes.Point(row, rows, warmUp.nanos(row.withBatch(rows))));
            }
        }
        return new WarmUpTimes(points);
    }

    /// One run of the shape that needs most memory, in a session whose model has been warmed up.
    ///
    /// @return how long it took
    static long ofLargest(EngineSession session, StageSpec stage, int mostRows, LongSupplier nanoClock) {
        InputSpec input = stage.input();
        Shape largest = rows(input).stream()
                .max(Comparator.comparingLong(Shape::elements))
                .orElseThrow();
        return new WarmUp(session, input, nanoClock).run(largest.withBatch(mostRows));
    }

    private static List<Shape> rows(InputSpec input) {
        return TYPICAL_ASSETS.stream()
                .map(asset -> input.rowShape(input.size().of(asset)))
                .distinct()
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

    private long nanos(Shape shape) {
        List<Long> times = new ArrayList<>();
        long first = run(shape);
        while (times.size() < TIMED_RUNS && nanoClock.getAsLong() - start < LONG_NANOS) {
            times.add(run(shape));
        }
        times.sort(Long::compare);
        return times.isEmpty() ? first : times.get(times.size() / 2);
    }

    private long run(Shape shape) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment zeros = arena.allocate(input.dtype().bytes(shape), ALIGNMENT);
            List<BatchTensor> inputs = List.of(new BatchTensor(input.name(), input.dtype(), shape, zeros));
            long before = nanoClock.getAsLong();
            var _ = session.run(inputs, bytes -> arena.allocate(bytes, ALIGNMENT));
            return nanoClock.getAsLong() - before;
        }
    }
}
