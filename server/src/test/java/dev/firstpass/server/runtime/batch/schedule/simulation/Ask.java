package dev.firstpass.server.runtime.batch.schedule.simulation;

/// A row that somebody asks for in the simulation.
final class Ask {
    private final long arrivedNanos;
    private final Kind kind;
    private final int bucket;
    private final String tenant;
    private long answeredNanos;
    private boolean isAnswered;

    Ask(long arrivedNanos, Kind kind, int bucket, String tenant) {
        this.arrivedNanos = arrivedNanos;
        this.kind = kind;
        this.bucket = bucket;
        this.tenant = tenant;
    }

    long arrivedNanos() {
        return arrivedNanos;
    }

    Kind kind() {
        return kind;
    }

    int bucket() {
        return bucket;
    }

    String tenant() {
        return tenant;
    }

    long deadlineNanos() {
        return arrivedNanos + kind.timeoutNanos();
    }

    void answered(long nanos) {
        if (isAnswered) {
            throw new IllegalStateException("answered twice");
        }
        isAnswered = true;
        answeredNanos = nanos;
    }

    boolean isAnswered() {
        return isAnswered;
    }

    boolean isInTime() {
        return isAnswered && answeredNanos <= deadlineNanos();
    }

    long latencyNanos() {
        return answeredNanos - arrivedNanos;
    }
}
