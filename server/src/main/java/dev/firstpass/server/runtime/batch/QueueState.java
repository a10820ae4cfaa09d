package dev.firstpass.server.runtime.batch;

import java.time.Duration;

/// What waits in front of a model at one moment, and how the rows before that kept the deadlines that their callers had
/// named.
///
/// Immutable.
///
/// @param bulkRows those of `rows` that nobody waits for
/// @param bytes that the rows take
/// @param backlog how long the devices will need for it
/// @param oldest how long ago the request came whose row has waited longest; zero where none waits
/// @param begunLate rows whose run began after their deadline, since the model was loaded; there is to be none
/// @param endedLate those whose run began before it and ended after it: runs that took longer than was foreseen
/// @param counts what became of rows since the model was loaded
public record QueueState(
        int rows,
        int bulkRows,
        long bytes,
        Duration backlog,
        Duration oldest,
        long begunLate,
        long endedLate,
        RunCounts counts) {
    public static final QueueState EMPTY = new QueueState(0, 0, 0, Duration.ZERO, Duration.ZERO, 0, 0, RunCounts.NONE);

    public QueueState plus(QueueState other) {
        return new QueueState(
                rows + other.rows,
                bulkRows + other.bulkRows,
                bytes + other.bytes,
                backlog.plus(other.backlog),
                oldest.compareTo(other.oldest) >= 0 ? oldest : other.oldest,
                begunLate + other.begunLate,
                endedLate + other.endedLate,
                counts.plus(other.counts));
    }
}
