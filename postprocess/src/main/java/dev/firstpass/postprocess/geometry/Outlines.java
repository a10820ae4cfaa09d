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

    /// The mask without islands of fewer pixels, then without holes of fewer, as a rule with that minimum area traces it.
    /// No pixel is set where no island is large enough.
    ///
    /// @param minArea >= 1; 1 changes nothing
    public static BitMask withoutSpecks(BitMask mask, long minArea) {
        RowRuns runs = RowRuns.of(mask).withoutSpecks(minArea);
        BitMask left = new BitMask(mask.size());
        for (int run = 0; run < runs.count(); run++) {
            left.setRun(runs.rows[run], runs.from[run], runs.to[run]);
        }
        return left;
    }

    /// The parts of at least that area, holes not counted in, without holes of less; none where no part is large enough.
    public static List<PolygonPart> withoutSpecks(List<PolygonPart> parts, double minArea) {
        return parts.stream()
                .filter(part -> part.area() >= minArea)
                .map(part -> new PolygonPart(
                        part.outer(),
                        part.holes().stream()
                                .filter(hole -> Math.abs(hole.signedArea()) >= minArea)
                                .toList()))
                .toList();
    }

    private static List<PolygonPart> rounded(List<PolygonPart> parts, OutlineRule rule) {
        return rule.smoothing()
                .map(deviation -> Smoothing.smooth(parts, deviation))
                .orElse(parts);
    }
}
