package dev.firstpass.server.runtime.batch.schedule;

import dev.firstpass.server.call.Priority;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A tenant's rows that wait, and how much device time the tenant has had.
///
/// One thread only.
final class Tenant<T> {
    private final double weight;
    private final Line<T> interactive;
    private final Line<T> bulk;
    private boolean hasSavings;

    /// Device time that it may still use before others, in nanoseconds.
    private double savings;

    private long refilledNanos;
    private int rows;
    private long bytes;
    private long pixels;

    Tenant(double weight, int buckets) {
        this.weight = weight;
        this.interactive = new Line<>(buckets);
        this.bulk = new Line<>(buckets);
    }

    Line<T> line(Priority priority) {
        return switch (priority) {
            case INTERACTIVE -> interactive;
            case BULK -> bulk;
        };
    }

    void entered(QueuedRow<T> row, long rowPixels) {
        rows++;
        bytes += row.terms().bytes();
        pixels += rowPixels;
    }

    void left(QueuedRow<T> row, long rowPixels) {
        rows--;
        bytes -= row.terms().bytes();
        pixels -= rowPixels;
    }

    boolean hasRoom(QueueRoom room, long rowBytes, long rowPixels) {
        return rows < room.rows()
                && (rows == 0 || (bytes + rowBytes <= room.bytes() && pixels + rowPixels <= room.pixels()));
    }

    long used(Claim.Measure measure) {
        return switch (measure) {
            case ROWS -> rows;
            case BYTES -> bytes;
            case PIXELS -> pixels;
        };
    }

    /// The row that it can spare best: nobody waits for it, or else it is due last.
    ///
    /// @throws NoSuchElementException if it has none
    QueuedRow<T> last() {
        return bulk.last().or(interactive::last).orElseThrow();
    }

    /// Saves up time.
    ///
    /// @param share of the time since the last call
    /// @param most that can be saved
    void refill(long now, double share, double most) {
        savings = hasSavings ? Math.min(most, savings + Math.max(0, now - refilledNanos) * share) : most;
        hasSavings = true;
        refilledNanos = now;
    }

    /// Spends time.
    void spend(double nanos, double debt) {
        savings = Math.max(-debt, savings - nanos);
    }

    /// Whether it has had less time than its share.
    boolean hasSavings() {
        return savings > 0;
    }

    double weight() {
        return weight;
    }

    int rows() {
        return rows;
    }

    /// Rows of one class.
    static final class Line<T> {
        private final List<DueQueue<T>> queues = new ArrayList<>();
        private int rows;

        /// Device time had, in nanoseconds by weight; only differences mean anything.
        private double time;

        private Line(int buckets) {
            for (int bucket = 0; bucket < buckets; bucket++) {
                queues.add(new DueQueue<>());
            }
        }

        DueQueue<T> queue(int bucket) {
            return queues.get(bucket);
        }

        void add(QueuedRow<T> row) {
            queues.get(row.terms().bucket()).add(row);
            rows++;
        }

        QueuedRow<T> remove(int bucket, int index) {
            rows--;
            return queues.get(bucket).remove(index);
        }

        void remove(QueuedRow<T> row) {
            queues.get(row.terms().bucket()).remove(row);
            rows--;
        }

        int rows() {
            return rows;
        }

        /// The row that is due last.
        Optional<QueuedRow<T>> last() {
            return queues.stream()
                    .filter(queue -> !queue.isEmpty())
                    .map(queue -> queue.get(queue.size() - 1))
                    .reduce((one, other) -> one.isBefore(other) ? other : one);
        }

        double time() {
            return time;
        }

        void charge(double nanos) {
            time += nanos;
        }

        /// A tenant that had nothing waiting has saved up nothing.
        void catchUp(double others) {
            time = Math.max(time, others);
        }
    }
}
