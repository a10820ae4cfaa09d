package dev.firstpass.server.runtime.batch.schedule;

import dev.firstpass.postprocess.spec.BatchingSpec;
import dev.firstpass.server.call.Priority;
import java.time.Duration;

/// How a schedule decides. [#DEFAULTS] need no tuning.
///
/// Immutable.
///
/// @param maxRows in one run
/// @param interactiveTarget by when somebody who waits should have an answer; it orders the queue and refuses nothing
/// @param bulkTarget the same where nobody waits
/// @param hardLimit how long a row without a timeout of its own may wait and run
/// @param bulkQuantum how long a run of bulk rows alone may take, if a single row does not take longer
/// @param bulkShare of the devices' time that bulk rows get which have waited beyond their target, whatever else there is
/// @param leastGain of throughput, by which a batch must beat one of half as many rows to be made
/// @param tenantLead device time that a tenant may be ahead of others that wait
/// @param tenantSavings device time that a tenant which asks for less than its share may save up for a burst
/// @param replyMargin that is kept for the answer's way back, beside what is measured
/// @param room for rows that wait
/// @param tenantShare of that room which one tenant may take
public record BatchPolicy(
        int maxRows,
        Duration interactiveTarget,
        Duration bulkTarget,
        Duration hardLimit,
        Duration bulkQuantum,
        double bulkShare,
        double leastGain,
        Duration tenantLead,
        Duration tenantSavings,
        Duration replyMargin,
        QueueRoom room,
        double tenantShare) {
    public static final BatchPolicy DEFAULTS = new BatchPolicy(
            32,
            Duration.ofMillis(500),
            Duration.ofSeconds(5),
            Duration.ofSeconds(60),
            Duration.ofMillis(100),
            0.1,
            0.03,
            Duration.ofMillis(25),
            Duration.ofMillis(250),
            Duration.ofMillis(3),
            QueueRoom.DEFAULT,
            0.5);

    public BatchPolicy {
        if (maxRows < 1) {
            throw new IllegalArgumentException("maxRows: " + maxRows + " (expected: >= 1)");
        }
        positive("interactiveTarget", interactiveTarget);
        positive("bulkTarget", bulkTarget);
        positive("hardLimit", hardLimit);
        positive("bulkQuantum", bulkQuantum);
        positive("tenantLead", tenantLead);
        positive("tenantSavings", tenantSavings);
        if (replyMargin.isNegative()) {
            throw new IllegalArgumentException("replyMargin: " + replyMargin + " (expected: >= 0)");
        }
        share("bulkShare", bulkShare);
        share("leastGain", leastGain);
        share("tenantShare", tenantShare);
    }

    private static void positive(String name, Duration value) {
        if (!value.isPositive() || value.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: > 0 and at most a day)");
        }
    }

    private static void share(String name, double value) {
        if (!(value > 0 && value <= 1)) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: > 0 and <= 1)");
        }
    }

    /// By when rows of a class should have an answer.
    public Duration target(Priority priority) {
        return switch (priority) {
            case INTERACTIVE -> interactiveTarget;
            case BULK -> bulkTarget;
        };
    }

    /// The same with all that a stage has of its own.
    public BatchPolicy with(BatchingSpec batching) {
        return new BatchPolicy(
                batching.max(),
                batching.interactive().orElse(interactiveTarget),
                batching.bulk().orElse(bulkTarget),
                batching.limit().orElse(hardLimit),
                batching.quantum().orElse(bulkQuantum),
                batching.bulkShare().orElse(bulkShare),
                batching.leastGain().orElse(leastGain),
                tenantLead,
                tenantSavings,
                replyMargin,
                batching.queue().map(room::withRows).orElse(room),
                tenantShare);
    }

    public BatchPolicy withRoom(QueueRoom newRoom, double newTenantShare) {
        return new BatchPolicy(
                maxRows,
                interactiveTarget,
                bulkTarget,
                hardLimit,
                bulkQuantum,
                bulkShare,
                leastGain,
                tenantLead,
                tenantSavings,
                replyMargin,
                newRoom,
                newTenantShare);
    }
}
