package dev.firstpass.server.runtime.batch;

import java.time.Duration;

/// What waits in front of a model at one moment.
///
/// Immutable.
///
/// @param bulkRows those of `rows` that nobody waits for
/// @param bytes that the rows take
/// @param backlog how long the devices will need for it
public record QueueState(int rows, int bulkRows, long bytes, Duration backlog) {
    public static final QueueState EMPTY = new QueueState(0, 0, 0, Duration.ZERO);

    public QueueState plus(QueueState other) {
        return new QueueState(
                rows + other.rows, bulkRows + other.bulkRows, bytes + other.bytes, backlog.plus(other.backlog));
    }
}
