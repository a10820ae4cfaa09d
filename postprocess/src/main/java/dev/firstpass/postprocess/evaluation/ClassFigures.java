package dev.firstpass.postprocess.evaluation;

import java.util.Map;
import java.util.OptionalDouble;

/// How good a version is for one class. All shares are 0..1.
///
/// Immutable.
///
/// @param labels crowds not among them
/// @param findings with whatever score, at most 100 an image
/// @param ap average precision over overlaps 0.5 to 0.95; empty without labels, as are the next three
/// @param ap50 at an overlap of 0.5
/// @param ap75 at an overlap of 0.75
/// @param ar100 recall over the same overlaps
/// @param sizes the same for things of each size
/// @param shown of the findings that people get to see, at the model's own threshold
/// @param bestThreshold score from which on F1 at an overlap of 0.5 is best; empty where nothing was right
/// @param bestF1 that F1
public record ClassFigures(
        String name,
        long labels,
        long findings,
        OptionalDouble ap,
        OptionalDouble ap50,
        OptionalDouble ap75,
        OptionalDouble ar100,
        Map<SizeRange, OfSize> sizes,
        Shown shown,
        OptionalDouble bestThreshold,
        OptionalDouble bestF1) {
    public ClassFigures {
        sizes = Map.copyOf(sizes);
    }

    static ClassFigures withoutLabels(String name, long findings, Shown shown, Map<SizeRange, OfSize> sizes) {
        OptionalDouble none = OptionalDouble.empty();
        return new ClassFigures(name, 0, findings, none, none, none, none, sizes, shown, none, none);
    }

    public OfSize of(SizeRange range) {
        return sizes.getOrDefault(range, OfSize.WITHOUT_LABELS);
    }

    /// Of labels of one size. Findings that take one of another size, or none while they are of another size, are not
    /// counted.
    ///
    /// @param ap over overlaps 0.5 to 0.95; empty without labels
    /// @param ar100 recall over the same overlaps
    public record OfSize(long labels, OptionalDouble ap, OptionalDouble ar100) {
        static final OfSize WITHOUT_LABELS = new OfSize(0, OptionalDouble.empty(), OptionalDouble.empty());
    }

    /// Findings at or above the model's threshold, matched at an overlap of 0.5.
    ///
    /// @param hits that took a label
    /// @param extra that took none
    /// @param missed labels that none took
    /// @param overlapSum of the hits
    public record Shown(long hits, long extra, long missed, double overlapSum) {
        public static final Shown NONE = new Shown(0, 0, 0, 0);

        Shown plus(Shown other) {
            return new Shown(
                    hits + other.hits, extra + other.extra, missed + other.missed, overlapSum + other.overlapSum);
        }

        /// As if all were there `n` times.
        Shown times(int n) {
            return new Shown(n * hits, n * extra, n * missed, n * overlapSum);
        }

        /// Share of the findings that are right; empty where there are none.
        public OptionalDouble precision() {
            return share((double) hits, hits + extra);
        }

        /// Share of the labels that were found; empty where there are none.
        public OptionalDouble recall() {
            return share((double) hits, hits + missed);
        }

        /// Harmonic mean of the two; empty where there are neither findings nor labels.
        public OptionalDouble f1() {
            return share(2.0 * hits, 2 * hits + extra + missed);
        }

        /// Of the hits; empty where there are none.
        public OptionalDouble meanOverlap() {
            return share(overlapSum, hits);
        }

        private static OptionalDouble share(double part, long all) {
            return all == 0 ? OptionalDouble.empty() : OptionalDouble.of(part / all);
        }
    }
}
