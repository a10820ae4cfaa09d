package dev.firstpass.loadtest.overload;

import dev.firstpass.loadtest.drive.Answer;
import dev.firstpass.loadtest.drive.Shot;
import dev.firstpass.loadtest.paced.Tally;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// What came of one phase of load.
///
/// Immutable.
///
/// @param asked requests of people who wait
/// @param inTime those that were answered before their deadline, counted from when they were due
/// @param answeredLate those that were answered after it
/// @param refused those that were told that there is too much work
/// @param tooLate those that were told that it would be, or is, too late
/// @param sayNoMillis median time after which one of both was told; not a number where none was
/// @param tally what the devices did
/// @param bulkArea of bulk work that was done a second, the smallest size being 1
/// @param lagMillis 99th percentile of by how much requests were sent too late
/// @param cpu cores that the server used
record Figures(
        double seconds,
        int asked,
        int inTime,
        int answeredLate,
        int refused,
        int tooLate,
        int failed,
        double sayNoMillis,
        Tally tally,
        double bulkArea,
        double lagMillis,
        double cpu) {
    private static final double NANOS_PER_MILLI = 1e6;

    /// @param orders what was asked, by the shots' indexes
    static Figures of(
            double seconds, List<Mix.Order> orders, List<Shot> shots, Tally tally, double bulkArea, double cpu) {
        int inTime = (int) shots.stream()
                .filter(shot -> shot.answer().isGood()
                        && Served.of(shot, orders.get(shot.index()).kind()).isInTime())
                .count();
        double[] noes = shots.stream()
                .filter(shot -> shot.answer().outcome() == Answer.Outcome.REFUSED
                        || shot.answer().outcome() == Answer.Outcome.TOO_LATE)
                .mapToDouble(shot -> shot.latencyNanos() / NANOS_PER_MILLI)
                .sorted()
                .toArray();
        double[] lags = shots.stream()
                .mapToDouble(shot -> shot.lagNanos() / NANOS_PER_MILLI)
                .sorted()
                .toArray();
        return new Figures(
                seconds,
                shots.size(),
                inTime,
                count(shots, Answer.Outcome.ANSWERED) - inTime,
                count(shots, Answer.Outcome.REFUSED),
                count(shots, Answer.Outcome.TOO_LATE),
                count(shots, Answer.Outcome.FAILED),
                quantile(noes, 0.5),
                tally,
                bulkArea / seconds,
                quantile(lags, 0.99),
                cpu);
    }

    private static int count(List<Shot> shots, Answer.Outcome outcome) {
        return (int) shots.stream()
                .filter(shot -> shot.answer().outcome() == outcome)
                .count();
    }

    private static double quantile(double[] sorted, double part) {
        return sorted.length == 0 ? Double.NaN : sorted[(int) (part * (sorted.length - 1))];
    }

    /// Answered in time, a second.
    double goodput() {
        return inTime / seconds;
    }

    double success() {
        return asked == 0 ? Double.NaN : (double) inTime / asked;
    }

    static double median(List<Figures> runs, ToDoubleFunction<Figures> figure) {
        double[] values = runs.stream().mapToDouble(figure).sorted().toArray();
        return Arrays.stream(values).skip((values.length - 1) / 2).findFirst().orElse(Double.NaN);
    }
}
