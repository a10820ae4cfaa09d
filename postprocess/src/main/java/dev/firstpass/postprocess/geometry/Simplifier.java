package dev.firstpass.postprocess.geometry;

import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/// Outlines with fewer corners, by a tolerance ([LineReduction]) or by a number of corners ([VertexBudget]).
///
/// Plain Douglas-Peucker lets rings cross and thin parts collapse, and a repair afterwards loses whole areas. Here a
/// piece of an outline becomes a straight line only where nothing lies in between ([Corners]), so no ring comes to
/// cross another or itself, and **nothing is dropped**: every part and every hole is still there, a small one as a
/// triangle or as it was. Leaving small things out is the business of a minimum area, before tracing ([Outlines]).
///
/// The new corners are a subset of the given ones.
///
/// Pure functions.
public final class Simplifier {
    private Simplifier() {}

    /// The simplified parts, valid by the OGC rules: every given corner lies within the tolerance of the new outline. A
    /// ring keeps at least three corners. Costs about n log n in the corners where outlines are as segmenters make them.
    ///
    /// @param parts valid, for instance from [Contours]; invalid ones are repaired first ([Validity]), which may
    ///     change how many there are
    /// @param tolerance in the unit of the points; 0 removes only points in line with their neighbours
    public static List<PolygonPart> simplify(List<PolygonPart> parts, double tolerance) {
        if (!(tolerance >= 0)) {
            throw new IllegalArgumentException("tolerance: " + tolerance + " (expected: >= 0)");
        }
        if (parts.isEmpty()) {
            return parts;
        }
        List<PolygonPart> simple = traced(parts, tolerance);
        if (Validity.isValid(simple)) {
            return simple;
        }
        // Only what was invalid before, or corners so close that doubles cannot tell them apart, comes here.
        List<PolygonPart> repaired = Validity.repaired(parts);
        if (repaired.isEmpty()) {
            return parts;
        }
        List<PolygonPart> again = traced(repaired, tolerance);
        return Validity.isValid(again) ? again : repaired;
    }

    /// The same for an outline that is valid and whose corners are whole numbers below 2^26, as traced ones are: there
    /// all that [Corners] computes of sides is exact, so the result need not be looked at.
    static List<PolygonPart> traced(List<PolygonPart> parts, double tolerance) {
        Corners corners = new Corners(ringsOf(parts));
        return rebuilt(parts, corners, LineReduction.kept(corners, tolerance));
    }

    static List<Ring> ringsOf(List<PolygonPart> parts) {
        return parts.stream()
                .flatMap(part -> Stream.concat(Stream.of(part.outer()), part.holes().stream()))
                .toList();
    }

    /// The parts with the kept corners of their rings; oriented anew, since a sliver can flip over.
    static List<PolygonPart> rebuilt(List<PolygonPart> parts, Corners corners, BitSet kept) {
        Iterator<Ring> rings = LineReduction.rings(corners, kept).iterator();
        return parts.stream()
                .map(part -> {
                    Ring outer = JtsPolygons.oriented(rings.next(), true);
                    return new PolygonPart(
                            outer,
                            part.holes().stream()
                                    .map(hole -> JtsPolygons.oriented(rings.next(), false))
                                    .toList());
                })
                .toList();
    }
}
