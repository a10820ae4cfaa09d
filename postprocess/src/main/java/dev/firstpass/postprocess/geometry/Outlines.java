package dev.firstpass.postprocess.geometry;

import java.util.List;

/// The rule **mask-to-polygon**: specks are left out ([OutlineRule#minArea()]), what is left is traced along pixel edges
/// ([Contours]), the outline is simplified ([Simplifier], [VertexBudget]) and, only when asked, rounded ([Smoothing]).
/// Holes and separate parts stay what they are.
///
/// Pure functions. Memory goes with the runs and corners, none with the image's area.
public final class Outlines {
    private Outlines() {}

    /// Valid polygons, outer rings clockwise as seen, holes counter-clockwise; none where no island is large enough.
    public static List<PolygonPart> of(BitMask mask, OutlineRule rule) {
        RowRuns runs = RowRuns.of(mask);
        List<PolygonPart> traced = Contours.of(rule.minArea() > 1 ? runs.withoutSpecks(rule.minArea()) : runs);
        if (traced.isEmpty()) {
            return traced;
        }
        return rounded(
                switch (rule.detail()) {
                    case OutlineRule.Detail.Exact _ -> traced;
                    case OutlineRule.Detail.Tolerance tolerance -> Simplifier.traced(traced, tolerance.pixels());
                    case OutlineRule.Detail.Vertices vertices -> VertexBudget.traced(traced, vertices.most());
                },
                rule);
    }

    /// The same for an outline that is there already; specks in it stay.
    ///
    /// @param parts invalid ones are repaired ([Validity]), but for a rule that changes nothing
    public static List<PolygonPart> of(List<PolygonPart> parts, OutlineRule rule) {
        if (parts.isEmpty()) {
            return parts;
        }
        return rounded(
                switch (rule.detail()) {
                    case OutlineRule.Detail.Exact _ -> parts;
                    case OutlineRule.Detail.Tolerance tolerance -> Simplifier.simplify(parts, tolerance.pixels());
                    case OutlineRule.Detail.Vertices vertices -> VertexBudget.simplify(parts, vertices.most());
                },
                rule);
    }

    private static List<PolygonPart> rounded(List<PolygonPart> parts, OutlineRule rule) {
        return rule.smoothing()
                .map(deviation -> Smoothing.smooth(parts, deviation))
                .orElse(parts);
    }
}
