package dev.firstpass.server.runtime.batch.schedule;

/// A row on its way through a schedule. It is offered once, and comes out in exactly one way: in a batch, refused or
/// withdrawn.
///
/// Belongs to the schedule's thread from the offer on.
public final class QueuedRow<T> {
    private final RowTerms terms;
    private final T payload;
    private State state = State.NEW;

    /// When its answer is of no use any more, for the device.
    private long limitNanos;

    /// What the queue is ordered by; never after the limit.
    private long dueNanos;

    /// Orders rows that are due at the same time.
    private long number;

    private boolean isAged;

    public QueuedRow(RowTerms terms, T payload) {
        this.terms = terms;
        this.payload = payload;
    }

    public RowTerms terms() {
        return terms;
    }

    public T payload() {
        return payload;
    }

    /// Reading of the clock by which a run of it must have ended.
    public long limitNanos() {
        return limitNanos;
    }

    /// Whether it still waits.
    public boolean isQueued() {
        return state == State.QUEUED;
    }

    long dueNanos() {
        return dueNanos;
    }

    boolean isAged() {
        return isAged;
    }

    /// A schedule has queued it.
    ///
    /// @param due what the queue is ordered by; never after the limit
    /// @param limit reading of the clock by which a run of it must have ended
    /// @param place orders rows that are due at the same time
    public void queued(long due, long limit, long place) {
        if (state != State.NEW) {
            throw new IllegalStateException("a row is offered once (state: " + state + ")");
        }
        state = State.QUEUED;
        dueNanos = due;
        limitNanos = limit;
        number = place;
    }

    /// It waits no more.
    public void left(State end) {
        if (state != State.QUEUED) {
            throw new IllegalStateException("a row leaves once (state: " + state + ")");
        }
        state = end;
    }

    /// Sets it a further date, four times as long after its arrival, up to its limit. Called while it is in no queue.
    void renew() {
        long due = terms.arrivedNanos() + 4 * (dueNanos - terms.arrivedNanos());
        dueNanos = due - limitNanos > 0 ? limitNanos : due;
        isAged = true;
    }

    boolean hasFurtherDate() {
        return limitNanos - dueNanos > 0;
    }

    boolean isBefore(QueuedRow<T> other) {
        long difference = dueNanos - other.dueNanos;
        return difference == 0 ? number < other.number : difference < 0;
    }

    /// Where it is.
    public enum State {
        NEW,
        QUEUED,
        TAKEN,
        REFUSED,
        WITHDRAWN
    }
}
