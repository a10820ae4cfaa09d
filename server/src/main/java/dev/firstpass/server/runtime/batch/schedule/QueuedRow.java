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

    /// How often it was set a further date.
    private int renewals;

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
        return renewals > 0;
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

    /// Sets it a further date, each time twice as long from then on, up to its limit: however long nothing ran, it does not fall
    /// far behind what comes afterwards. Called while it is in no queue.
    ///
    /// @param fromNanos what it has missed
    /// @param target how long rows of its class have at first
    void renew(long fromNanos, long target) {
        renewals++;
        long most = limitNanos - fromNanos;
        // Compared without a product that could overflow.
        dueNanos = fromNanos + (target < most >> Math.min(renewals, Long.SIZE - 1) ? target << renewals : most);
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
