package dev.firstpass.loadtest.paced;

import dev.firstpass.server.runtime.batch.schedule.BatchLimits;
import dev.firstpass.server.runtime.batch.schedule.BatchPolicy;
import dev.firstpass.server.runtime.batch.schedule.Buckets;
import dev.firstpass.server.runtime.batch.schedule.Refusals;
import dev.firstpass.server.runtime.batch.schedule.Schedule;
import dev.firstpass.server.runtime.batch.schedule.Schedules;
import java.time.Duration;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/// The rivals of docs/batching.md, in a server's place of its own schedule.
///
/// Immutable.
///
/// @param largest batch
/// @param hold how long a batch that is not full is held back
public record Queues(Kind kind, int largest, Duration hold) implements Schedules {
    /// What queues there are. Bulk rows have a level behind all else in each.
    public enum Kind {
        /// One, in the order of arrival; a batch ends where another size comes.
        ONE,
        /// One for each size; what has waited longer than its timeout is refused.
        SIZES,
        /// The same with three levels of interactive rows, by their timeouts.
        LEVELS;

        /// @throws IllegalArgumentException if it is none
        public static Kind of(String name) {
            return valueOf(name.toUpperCase(Locale.ROOT));
        }
    }

    public Queues {
        if (largest < 1 || hold.isNegative()) {
            throw new IllegalArgumentException(
                    "largest, hold: " + largest + ", " + hold + " (expected: >= 1 row, no negative time)");
        }
    }

    boolean hasTimeout() {
        return kind != Kind.ONE;
    }

    long holdNanos() {
        return hold.toNanos();
    }

    @Override
    public <T> Schedule<T> make(
            Buckets buckets,
            int devices,
            BatchLimits limits,
            BatchPolicy policy,
            ToDoubleFunction<String> weights,
            Refusals<T> refusals) {
        return new QueueSchedule<>(this, buckets, policy, refusals);
    }
}
