package dev.firstpass.postprocess.evaluation;

import java.util.List;
import java.util.Optional;

/// How sure the figures of a version are: 95 % intervals by drawing the images anew 500 times. They say what other images
/// would do, and nothing of labels that are wrong.
///
/// Immutable.
///
/// @param all over the classes, as [DetectionFigures] has them
/// @param classes in the order of the figures'; none of a class that is in fewer than 10 images
/// @param drawn COCO's AP of each draw, by which two versions on the same images are compared
public record DetectionIntervals(OfFigures all, List<OfFigures> classes, List<Double> drawn) {
    public DetectionIntervals {
        classes = List.copyOf(classes);
        drawn = List.copyOf(drawn);
    }

    /// Empty where most draws do not have the figure.
    ///
    /// @param ap of overlaps 0.5 to 0.95
    /// @param precision of the findings that people get to see
    /// @param recall of those
    public record OfFigures(
            Optional<Interval> ap, Optional<Interval> ap50, Optional<Interval> precision, Optional<Interval> recall) {
        public static final OfFigures NONE =
                new OfFigures(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /// How much higher this version's AP is than another's, draw by draw: what both find hard is in both, so that this is
    /// narrower than the difference of two intervals.
    ///
    /// @param other of the same images
    public Optional<Interval> apAbove(DetectionIntervals other) {
        if (drawn.size() != other.drawn.size()) {
            throw new IllegalArgumentException(
                    "draws: " + drawn.size() + " and " + other.drawn.size() + " (expected: as many)");
        }
        double[] above = new double[drawn.size()];
        for (int i = 0; i < above.length; i++) {
            above[i] = drawn.get(i) - other.drawn.get(i);
        }
        return Interval.of(above);
    }
}
