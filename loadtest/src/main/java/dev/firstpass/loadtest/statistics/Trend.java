package dev.firstpass.loadtest.statistics;

import java.util.List;

/// A straight line through points, by least squares.
///
/// The interval holds for points whose distances from the line are independent. Where they hang together, as those of figures taken
/// seconds apart may, it is too narrow: a trend is then found sooner than it should be, not later.
///
/// Immutable.
///
/// @param slope of the line, with its interval of 95 %
/// @param points that it goes through
public record Trend(Interval slope, int points) {
    private static final double CONFIDENCE = 0.95;
    private static final int LEAST_POINTS = 8;

    /// A figure at some time.
    ///
    /// Immutable.
    public record Point(double at, double value) {}

    /// @param points eight at least, not all at the same time
    public static Trend of(List<Point> points) {
        int count = points.size();
        if (count < LEAST_POINTS) {
            throw new IllegalArgumentException("points: " + count + " (expected: >= " + LEAST_POINTS + ")");
        }
        double at = points.stream().mapToDouble(Point::at).average().orElseThrow();
        double value = points.stream().mapToDouble(Point::value).average().orElseThrow();
        double spread = points.stream()
                .mapToDouble(point -> (point.at() - at) * (point.at() - at))
                .sum();
        if (!(spread > 0)) {
            throw new IllegalArgumentException("points: all at " + at + " (expected: different times)");
        }
        double slope = points.stream()
                        .mapToDouble(point -> (point.at() - at) * (point.value() - value))
                        .sum()
                / spread;
        double left = points.stream()
                .mapToDouble(point -> point.value() - value - slope * (point.at() - at))
                .map(distance -> distance * distance)
                .sum();
        int degrees = count - 2;
        double half = Normal.student(1 - (1 - CONFIDENCE) / 2, degrees) * Math.sqrt(left / degrees / spread);
        return new Trend(new Interval(slope, slope - half, slope + half), count);
    }
}
