package dev.firstpass.postprocess.geometry;

import java.util.Optional;

/// How the outline of a mask is made ([Outlines]): what is too small to be traced, how many corners stay, and whether
/// they are rounded.
///
/// Immutable.
///
/// @param minArea islands and holes of fewer pixels are left out before tracing; 1 keeps all
/// @param smoothing how far a rounded corner may leave the outline, in pixels; empty leaves corners as they are
public record OutlineRule(long minArea, Detail detail, Optional<Double> smoothing) {
    /// Every corner of every pixel: fills to the very mask.
    public static final OutlineRule EXACT = new OutlineRule(1, new Detail.Exact(), Optional.empty());

    public OutlineRule {
        if (minArea < 1) {
            throw new IllegalArgumentException("minArea: " + minArea + " (expected: >= 1)");
        }
        smoothing.ifPresent(deviation -> {
            if (!(deviation > 0)) {
                throw new IllegalArgumentException("smoothing: " + deviation + " (expected: > 0)");
            }
        });
    }

    /// @param pixels >= 0; with 0 every corner stays
    public static OutlineRule tolerance(double pixels) {
        return pixels == 0 ? EXACT : new OutlineRule(1, new Detail.Tolerance(pixels), Optional.empty());
    }

    /// @param most corners of all rings together, >= 3
    public static OutlineRule vertices(int most) {
        return new OutlineRule(1, new Detail.Vertices(most), Optional.empty());
    }

    public OutlineRule withMinArea(long pixels) {
        return new OutlineRule(pixels, detail, smoothing);
    }

    public OutlineRule withSmoothing(double deviation) {
        return new OutlineRule(minArea, detail, Optional.of(deviation));
    }

    /// Which corners of an outline stay.
    ///
    /// Immutable, all variants.
    public sealed interface Detail {
        record Exact() implements Detail {}

        /// Those without which the outline would be farther than this from one that goes ([Simplifier]).
        record Tolerance(double pixels) implements Detail {
            public Tolerance {
                if (!(pixels >= 0)) {
                    throw new IllegalArgumentException("tolerance: " + pixels + " (expected: >= 0)");
                }
            }
        }

        /// At most so many, chosen for the overlap with the mask ([VertexBudget]).
        record Vertices(int most) implements Detail {
            public Vertices {
                if (most < 3) {
                    throw new IllegalArgumentException("vertices: " + most + " (expected: >= 3)");
                }
            }
        }
    }
}
