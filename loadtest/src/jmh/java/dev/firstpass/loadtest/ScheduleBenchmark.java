package dev.firstpass.loadtest;

import dev.firstpass.server.call.Priority;
import dev.firstpass.server.runtime.batch.schedule.Batch;
import dev.firstpass.server.runtime.batch.schedule.BatchPolicy;
import dev.firstpass.server.runtime.batch.schedule.BatchSchedule;
import dev.firstpass.server.runtime.batch.schedule.Buckets;
import dev.firstpass.server.runtime.batch.schedule.QueuedRow;
import dev.firstpass.server.runtime.batch.schedule.RowTerms;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What a decision costs by how many rows wait: the requests of docs/batching.md, a third of them bulk work, three sizes of
/// the 48 shapes that a model of open size may have, one device that needs 6 ms and 1.5 ms for each row of the least size.
/// Time stands still, so that nothing becomes late.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ScheduleBenchmark {
    private static final int SHAPES = 48;
    private static final long[] AREAS = {100, 256, 576};
    private static final long[] TIMEOUTS = {150, 500, 5_000};
    private static final long MILLI = 1_000_000;
    private static final int MOST_ROWS = 32;

    @Param({"10", "100", "1000"})
    public int waiting;

    private final Random random = new Random(1);
    private final Batch<Integer> batch = new Batch<>();
    private BatchSchedule<Integer> schedule;
    private long now;

    @Setup(Level.Iteration)
    public void fill() {
        now = 0;
        schedule = new BatchSchedule<>(
                new Shapes(),
                1,
                (_, _) -> MOST_ROWS,
                BatchPolicy.DEFAULTS.withRoom(BatchPolicy.DEFAULTS.room(), 1),
                _ -> 1,
                (_, _) -> {});
        for (int run = 0; run < 3; run++) {
            for (int shape = 0; shape < AREAS.length; shape++) {
                for (int rows = 1; rows <= MOST_ROWS; rows *= 2) {
                    schedule.warmedUp(0, shape, rows, nanos(shape, rows));
                }
            }
        }
        while (schedule.rows() < waiting) {
            row();
        }
    }

    private static long nanos(int shape, int rows) {
        return 6 * MILLI + 15_000 * AREAS[shape] * rows;
    }

    private boolean row() {
        int shape = random.nextInt(AREAS.length);
        boolean isBulk = random.nextInt(3) == 0;
        // Whoever waits long gets long timeouts, or nothing would be left to decide on.
        long timeout = (TIMEOUTS[random.nextInt(TIMEOUTS.length)] + waiting * 20L) * MILLI;
        return schedule.offer(
                        new QueuedRow<>(
                                new RowTerms(
                                        shape,
                                        isBulk ? Priority.BULK : Priority.INTERACTIVE,
                                        "local",
                                        1,
                                        now,
                                        isBulk ? OptionalLong.empty() : OptionalLong.of(timeout)),
                                0),
                        now)
                .isEmpty();
    }

    /// A decision, the end of the run, and as many new rows as it took, each of them admitted.
    @Benchmark
    public int decideAndFillUp() {
        schedule.take(0, now, batch);
        int rows = batch.rows().size();
        schedule.ended(0, batch.bucket(), rows, nanos(batch.bucket(), rows));
        while (schedule.rows() < waiting) {
            row();
        }
        return rows;
    }

    /// A row that comes and goes, to take off.
    @Benchmark
    public boolean comeAndGo() {
        QueuedRow<Integer> row = new QueuedRow<>(
                new RowTerms(0, Priority.INTERACTIVE, "local", 1, now, OptionalLong.of((500 + waiting * 20L) * MILLI)),
                0);
        return schedule.offer(row, now).isEmpty() && schedule.withdraw(row);
    }

    private static final class Shapes implements Buckets {
        @Override
        public int count() {
            return SHAPES;
        }

        @Override
        public long pixels(int bucket) {
            return 4_096 * AREAS[bucket % AREAS.length];
        }
    }
}
