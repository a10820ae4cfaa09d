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
/// @param begunLate rows whose run began after their deadline, since the model was loaded; there is to be none
/// @param endedLate those whose run began before it and ended after it: runs that took longer than was foreseen
public record QueueState(int rows, int bulkRows, long bytes, Duration backlog, long begunLate, long endedLate) {
    public static final QueueState EMPTY = new QueueState(0, 0, 0, Duration.ZERO, 0, 0);

    public QueueState plus(QueueState other) {
        return new QueueState(
                rows + other.rows,
                bulkRows + other.bulkRows,
                bytes + other.bytes,
                backlog.plus(other.backlog),
                begunLate + other.begunLate,
                endedLate + other.endedLate);
    }
}
