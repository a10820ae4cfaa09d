package dev.firstpass.loadtest.paced;

/// What virtual devices have done so far.
///
/// Immutable.
///
/// @param runs that were made
/// @param rows in them
/// @param marked rows whose deadline was known
/// @param late rows of these whose deadline had passed when their run began
/// @param lateNanos by how much these were late, all together
/// @param busyNanos all devices' time in runs
public record Tally(long runs, long rows, long marked, long late, long lateNanos, long busyNanos) {
    public static final Tally NOTHING = new Tally(0, 0, 0, 0, 0, 0);

    public Tally plus(Tally other) {
        return new Tally(
                runs + other.runs,
                rows + other.rows,
                marked + other.marked,
                late + other.late,
                lateNanos + other.lateNanos,
                busyNanos + other.busyNanos);
    }

    /// What was done since `before`.
    public Tally since(Tally before) {
        return new Tally(
                runs - before.runs,
                rows - before.rows,
                marked - before.marked,
                late - before.late,
                lateNanos - before.lateNanos,
                busyNanos - before.busyNanos);
    }
}
