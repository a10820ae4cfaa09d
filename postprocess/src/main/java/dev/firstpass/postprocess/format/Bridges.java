package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Ring;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Holes said by one ring: from the outer ring along a cut of no width to the hole, round it the other way, and back along
/// the same cut. Each line of the cut is walked once in either direction, so it changes no pixel, by the even-odd rule as
/// by the winding rule; the pixels are those of the part with its holes.
///
/// Pure functions.
final class Bridges {
    private Bridges() {}

    /// Holes one after the other, each by the shortest way between corners of it and of what is joined already; costs a
    /// step for each pair of these.
    static Ring bridged(PolygonPart part) {
        List<Point> joined = new ArrayList<>(running(part.outer(), true));
        for (Ring hole : part.holes()) {
            join(joined, running(hole, false));
        }
        return new Ring(joined);
    }

    private static List<Point> running(Ring ring, boolean clockwise) {
        List<Point> points = new ArrayList<>(ring.points());
        if (ring.signedArea() > 0 != clockwise) {
            Collections.reverse(points);
        }
        return points;
    }

    private static void join(List<Point> joined, List<Point> hole) {
        int from = 0;
        int to = 0;
        double nearest = Double.POSITIVE_INFINITY;
        for (int i = 0; i < joined.size(); i++) {
            for (int k = 0; k < hole.size(); k++) {
                double dx = joined.get(i).x() - hole.get(k).x();
                double dy = joined.get(i).y() - hole.get(k).y();
                double distance = dx * dx + dy * dy;
                if (distance < nearest) {
                    nearest = distance;
                    from = i;
                    to = k;
                }
            }
        }
        List<Point> detour = new ArrayList<>(hole.subList(to, hole.size()));
        detour.addAll(hole.subList(0, to + 1));
        detour.add(joined.get(from));
        joined.addAll(from + 1, detour);
    }
}
