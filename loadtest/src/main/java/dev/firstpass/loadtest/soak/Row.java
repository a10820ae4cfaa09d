package dev.firstpass.loadtest.soak;

import dev.firstpass.loadtest.statistics.Trend;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/// One thing that must hold, and whether it does.
///
/// Immutable.
///
/// @param name for people
/// @param figures for people
record Row(String name, String figures, boolean holds) {
    private static final double MOST_MIB_PER_HOUR = 1;
    private static final double MOST_GROWTH_MIB = 16;
    private static final double SECONDS_PER_HOUR = 3600;

    /// Those of what the server holds. The first third of the samples is for warming up and counts for nothing.
    ///
    /// @param seconds how long all took
    static List<Row> of(List<Sample> samples, double seconds) {
        List<Sample> warm = samples.stream()
                .filter(sample -> sample.seconds() >= seconds / 3)
                .toList();
        return List.of(
                slope("heap after GC", "MiB", MOST_MIB_PER_HOUR, own(warm, Sample.Own::heapMib)),
                slope("direct memory", "MiB", MOST_MIB_PER_HOUR, own(warm, Sample.Own::directMib)),
                slope(
                        "descriptors",
                        "",
                        0,
                        warm.stream()
                                .map(sample -> point(sample, sample.descriptors()))
                                .toList()),
                resident(
                        warm.stream()
                                .filter(sample -> sample.seconds() < seconds * 2 / 3)
                                .toList(),
                        warm.stream()
                                .filter(sample -> sample.seconds() >= seconds * 2 / 3)
                                .toList()));
    }

    private static List<Trend.Point> own(List<Sample> samples, ToDoubleFunction<Sample.Own> figure) {
        return samples.stream()
                .flatMap(sample -> sample.own().map(own -> point(sample, figure.applyAsDouble(own))).stream())
                .toList();
    }

    private static Trend.Point point(Sample sample, double value) {
        return new Trend.Point(sample.seconds() / SECONDS_PER_HOUR, value);
    }

    /// Holds if the figure may well not grow at all, or grows by no more than `most` an hour.
    static Row slope(String name, String unit, double most, List<Trend.Point> points) {
        Trend trend = Trend.of(points);
        double mean = points.stream().mapToDouble(Trend.Point::value).average().orElseThrow();
        String figures = String.format(
                Locale.ROOT,
                "%+.2f %s an hour (95 %%: %+.2f to %+.2f), mean %.1f, %d samples",
                trend.slope().value(),
                unit,
                trend.slope().low(),
                trend.slope().high(),
                mean,
                trend.points());
        return new Row(
                name,
                figures.replace("  ", " "),
                trend.slope().low() <= 0 || trend.slope().value() <= most);
    }

    private static Row resident(List<Sample> middle, List<Sample> last) {
        double before = median(middle);
        double after = median(last);
        return new Row(
                "resident memory",
                String.format(
                        Locale.ROOT,
                        "median %.1f MiB in the middle third, %.1f MiB in the last: %+.1f MiB",
                        before,
                        after,
                        after - before),
                after <= before + MOST_GROWTH_MIB);
    }

    private static double median(List<Sample> samples) {
        double[] sorted =
                samples.stream().mapToDouble(Sample::residentMib).sorted().toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("samples: none (expected: one at least in each third)");
        }
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1
                ? sorted[middle]
                : Arrays.stream(sorted, middle - 1, middle + 1).average().orElseThrow();
    }

    /// Holds if nothing came that should not.
    static Row of(Book book) {
        return new Row(
                "requests",
                book.total() + " in all, ended as they should not: " + book.unexpectedCount(),
                book.unexpectedCount() == 0);
    }

    @Override
    public String toString() {
        return "%s  %-16s %s".formatted(holds ? "PASS" : "FAIL", name, figures);
    }
}
