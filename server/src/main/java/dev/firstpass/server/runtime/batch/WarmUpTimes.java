package dev.firstpass.server.runtime.batch;

import dev.firstpass.postprocess.tensor.Shape;
import java.util.List;

/// How long a stage's runs took on a device when it was warmed up, alone on it.
///
/// Immutable.
public record WarmUpTimes(List<Point> points) {
    /// Of a stage that was not warmed up.
    public static final WarmUpTimes NONE = new WarmUpTimes(List.of());

    public WarmUpTimes {
        points = List.copyOf(points);
    }

    /// @param row shapes of one row's tensors, each with a first axis of 1 where the model has a batch axis
    /// @param rows in the run
    /// @param nanos median of the runs after the first, or the first where there was no time for more
    public record Point(List<Shape> row, int rows, long nanos) {
        public Point {
            row = List.copyOf(row);
        }
    }
}
