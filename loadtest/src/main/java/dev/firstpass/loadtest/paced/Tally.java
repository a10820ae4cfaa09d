package dev.firstpass.loadtest.paced;

import dev.firstpass.server.runtime.batch.QueueState;

/// What virtual devices have done so far, and how the server kept deadlines by its own count.
///
/// Immutable.
///
/// @param runs that were made
/// @param rows in them
/// @param marked rows whose deadline was known
/// @param late rows of these whose deadline, counted from the sending, had passed when their run began
/// @param lateNanos by how much these were late, all together
/// @param busyNanos all devices' time in runs
/// @param begunLate rows whose deadline, counted from their arrival at the server, had passed when their run began
/// @param endedLate those where it passed during the run
public record Tally(
        long runs, long rows, long marked, long late, long lateNanos, long busyNanos, long begunLate, long endedLate) {
    public static final Tally NOTHING = new Tally(0, 0, 0, 0, 0, 0);

    Tally(long runs, long rows, long marked, long late, long lateNanos, long busyNanos) {
        this(runs, rows, marked, late, lateNanos, busyNanos, 0, 0);
    }

    /// With what the server knows.
    Tally kept(QueueState server) {
        return new Tally(runs, rows, marked, late, lateNanos, busyNanos, server.begunLate(), server.endedLate());
    }

    public Tally plus(Tally other) {
        return new Tally(
                runs + other.runs,
                rows + other.rows,
                marked + other.marked,
                late + other.late,
                lateNanos + other.lateNanos,
                busyNanos + other.busyNanos,
                begunLate + other.begunLate,
                endedLate + other.endedLate);
    }

    /// What was done since `before`.
    public Tally since(Tally before) {
        return new Tally(
                runs - before.runs,
                rows - before.rows,
                marked - before.marked,
                late - before.late,
                lateNanos - before.lateNanos,
                busyNanos - before.busyNanos,
                begunLate - before.begunLate,
                endedLate - before.endedLate);
    }
}
