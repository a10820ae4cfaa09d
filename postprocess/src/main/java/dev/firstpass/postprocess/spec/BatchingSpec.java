package dev.firstpass.postprocess.spec;

import java.time.Duration;
import java.util.Optional;

/// How a stage's rows are put together into runs. What is empty is the server's affair.
///
/// Immutable.
///
/// @param max most rows in one run, >= 1; 1 where the model's batch axis is fixed
/// @param interactive by when somebody who waits should have an answer
/// @param bulk the same where nobody waits
/// @param limit how long a row may wait and run whose caller named no timeout
/// @param quantum how long a run of bulk rows alone may take, if a single row does not take longer
/// @param bulkShare of the devices' time that bulk rows get once they have waited beyond their target, in 0..1, above 0
/// @param leastGain of throughput by which a run must beat one of half as many rows to be made, in 0..1, above 0
/// @param queue most rows that may wait, >= 1
public record BatchingSpec(
        int max,
        Optional<Duration> interactive,
        Optional<Duration> bulk,
        Optional<Duration> limit,
        Optional<Duration> quantum,
        Optional<Double> bulkShare,
        Optional<Double> leastGain,
        Optional<Integer> queue) {
    public BatchingSpec {
        if (max < 1) {
            throw new IllegalArgumentException("max: " + max + " (expected: >= 1)");
        }
        positive("interactive", interactive);
        positive("bulk", bulk);
        positive("limit", limit);
        positive("quantum", quantum);
        share("bulkShare", bulkShare);
        share("leastGain", leastGain);
        if (queue.isPresent() && queue.get() < 1) {
            throw new IllegalArgumentException("queue: " + queue.get() + " (expected: >= 1)");
        }
    }

    /// All but the most rows left to the server.
    public static BatchingSpec of(int max) {
        return new BatchingSpec(
                max,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static void positive(String name, Optional<Duration> value) {
        if (value.isPresent() && !value.get().isPositive()) {
            throw new IllegalArgumentException(name + ": " + value.get() + " (expected: > 0)");
        }
    }

    private static void share(String name, Optional<Double> value) {
        if (value.isPresent() && !(value.get() > 0 && value.get() <= 1)) {
            throw new IllegalArgumentException(name + ": " + value.get() + " (expected: > 0 and <= 1)");
        }
    }
}
