package dev.firstpass.postprocess.geometry;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;

/// Outlines with rounded corners, for who wants curves to look at or to go on editing. It is never done unasked: it
/// makes more corners, and pixels differ.
///
/// **The curve.** At each corner v a quadratic Bezier curve goes from a point p on the side before to a point q on the
/// side after, with v as its control point: both sides are its tangents. (With p and q in the middle of their sides this is
/// the curve that Chaikin's corner cutting tends to, "An algorithm for high-speed curve generation", 1974; the quadratic
/// B-spline of the corners.) Its middle is |p - 2v + q| / 4 from v, and that is the farthest it leaves the outline; p
/// and q are moved towards v until this is no more than the deviation asked for. The curve is sampled so closely that
/// chords leave it by less than a tenth of that.
///
/// A curve stays in the triangle p, v, q. Where another corner lies in the triangle of v and its neighbours ([Corners])
/// the corner stays as it is, so that nothing comes to cross.
///
/// Pure functions.
public final class Smoothing {
    private static final int MOST_CHORDS = 64;

    /// Chords per curve: the error of n chords is that of one over n squared.
    private static final double CHORD_SHARE = 0.1;

    private Smoothing() {}

    /// The rounded parts, valid where the given ones are; every point of the new outline lies within `deviation` of the
    /// old one, and the other way round.
    ///
    /// @param parts valid
    /// @param deviation > 0, in the unit of the points
    public static List<PolygonPart> smooth(List<PolygonPart> parts, double deviation) {
        if (!(deviation > 0)) {
            throw new IllegalArgumentException("smoothing: " + deviation + " (expected: > 0)");
        }
        if (parts.isEmpty()) {
            return parts;
        }
        Corners corners = new Corners(Simplifier.ringsOf(parts));
        List<Ring> rounded = new ArrayList<>(corners.rings());
        for (int ring = 0; ring < corners.rings(); ring++) {
            rounded.add(rounded(corners, corners.firstOfRing[ring], corners.firstOfRing[ring + 1], deviation));
        }
        Iterator<Ring> rings = rounded.iterator();
        List<PolygonPart> smooth = parts.stream()
                .map(part -> new PolygonPart(
                        rings.next(),
                        part.holes().stream().map(hole -> rings.next()).toList()))
                .toList();
        return Validity.isValid(smooth) ? smooth : parts;
    }

    private static Ring rounded(Corners corners, int first, int end, double deviation) {
        BitSet none = new BitSet(0);
        List<Point> points = new ArrayList<>();
        int[] triangle = new int[3];
        for (int i = first; i < end; i++) {
            triangle[0] = i == first ? end - 1 : i - 1;
            triangle[1] = i;
            triangle[2] = i + 1 == end ? first : i + 1;
            double reach = corners.distance(i, triangle[0], triangle[2]);
            if (reach > 0 && corners.isFree(triangle, 3, none, reach)) {
                curve(corners.point(triangle[0]), corners.point(i), corners.point(triangle[2]), deviation, points);
            } else {
                points.add(corners.point(i));
            }
        }
        return new Ring(points);
    }

    private static void curve(Point before, Point at, Point after, double deviation, List<Point> into) {
        double inX = (before.x() - at.x()) / 2;
        double inY = (before.y() - at.y()) / 2;
        double outX = (after.x() - at.x()) / 2;
        double outY = (after.y() - at.y()) / 2;
        double sagitta = Math.hypot(inX + outX, inY + outY) / 4;
        double scale = sagitta > deviation ? deviation / sagitta : 1;
        // Halves of a side that belongs to two corners would meet in one point, twice.
        double shortened = scale * (1 - 1e-6);
        int chords =
                (int) Math.clamp(Math.ceil(Math.sqrt(sagitta * scale / (CHORD_SHARE * deviation))), 2, MOST_CHORDS);
        for (int i = 0; i <= chords; i++) {
            double t = (double) i / chords;
            double in = shortened * (1 - t) * (1 - t);
            double out = shortened * t * t;
            into.add(new Point(at.x() + in * inX + out * outX, at.y() + in * inY + out * outY));
        }
    }
}
