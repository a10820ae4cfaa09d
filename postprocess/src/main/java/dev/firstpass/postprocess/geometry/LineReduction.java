package dev.firstpass.postprocess.geometry;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/// Douglas-Peucker over a set of rings: a chain of corners becomes one line where none of them is farther from it than
/// the tolerance and [Corners] says that nothing lies between; else it is split at its farthest corner (Douglas and
/// Peucker, "Algorithms for the reduction of the number of points required to represent a digitized line", 1973; that
/// the area in between is looked at is Saalfeld's idea, "Topologically consistent line simplification with the
/// Douglas-Peucker algorithm", 1999).
///
/// Two improvements follow, which keep the tolerance and ask the same question. A corner is **moved** by up to four places
/// along the given ring where the area between chains and lines, inside against outside, gets smaller: Douglas-Peucker
/// likes corners that stick out, and a curve between two such is cut short all along. And a corner is **dropped** where
/// its two chains together may become one line.
///
/// Each ring starts at its corner farthest from the middle of its bounds, and is split first at the corner farthest from
/// that, so that the result does not hang on where a ring happens to begin.
///
/// Mutable, for one thread.
final class LineReduction {
    private static final BitSet NONE_GONE = new BitSet(0);
    private static final int ROUNDS = 2;
    private static final int FARTHEST_MOVE = 4;

    private final Corners corners;
    private final double tolerance;
    private final BitSet kept;
    private int[] chain = new int[64];

    /// Twice the signed area that the sides of a ring up to each corner make with the origin: what lies between a chain and its
    /// line is a difference of two.
    private final double[] areas;

    private LineReduction(Corners corners, double tolerance) {
        this.corners = corners;
        this.tolerance = tolerance;
        this.kept = new BitSet(corners.xs.length);
        this.areas = new double[corners.xs.length];
    }

    /// The corners to keep, at least three of each ring.
    static BitSet kept(Corners corners, double tolerance) {
        LineReduction reduction = new LineReduction(corners, tolerance);
        for (int ring = 0; ring < corners.rings(); ring++) {
            reduction.reduce(corners.firstOfRing[ring], corners.firstOfRing[ring + 1]);
        }
        return reduction.kept;
    }

    /// The rings of corners that are kept, which are at least three of each.
    static List<Ring> rings(Corners corners, BitSet kept) {
        List<Ring> rings = new ArrayList<>(corners.rings());
        List<Point> points = new ArrayList<>();
        for (int ring = 0; ring < corners.rings(); ring++) {
            int end = corners.firstOfRing[ring + 1];
            points.clear();
            for (int i = kept.nextSetBit(corners.firstOfRing[ring]); i >= 0 && i < end; i = kept.nextSetBit(i + 1)) {
                points.add(corners.point(i));
            }
            rings.add(new Ring(points));
        }
        return rings;
    }

    private void reduce(int first, int end) {
        int size = end - first;
        int start = farthestFromMiddle(first, end);
        int opposite = start;
        double most = -1;
        for (int i = first; i < end; i++) {
            double distance = squared(corners.xs[i] - corners.xs[start], corners.ys[i] - corners.ys[start]);
            if (i != start && distance > most) {
                most = distance;
                opposite = i;
            }
        }
        kept.set(start);
        kept.set(opposite);
        int there = Math.floorMod(opposite - start, size);
        int back = size - there;
        reduce(first, size, start, there);
        reduce(first, size, opposite, back);
        if (kept.get(first, end).cardinality() == 2) {
            // Both sides lie within the tolerance: the corner farthest from the line makes them a triangle.
            int thereAt = farthest(first, size, start, there);
            int backAt = farthest(first, size, opposite, back);
            boolean isThere = backAt == 0
                    || (thereAt > 0
                            && distance(first, size, start, there, thereAt)
                                    >= distance(first, size, opposite, back, backAt));
            if (isThere) {
                split(first, size, start, there, thereAt);
            } else {
                split(first, size, opposite, back, backAt);
            }
        }
        if (tolerance > 0) {
            improve(first, end);
        }
    }

    private void improve(int first, int end) {
        sumAreas(first, end);
        int count = kept.get(first, end).cardinality();
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = kept.nextSetBit(first); i >= 0 && i < end; i = kept.nextSetBit(i + 1)) {
                if (count > 3 && drop(first, end, i)) {
                    count--;
                } else {
                    move(first, end, i);
                }
            }
        }
    }

    private void sumAreas(int first, int end) {
        double sum = 0;
        int previous = end - 1;
        for (int i = first; i < end; i++) {
            sum += cross(previous, i);
            areas[i] = sum;
            previous = i;
        }
    }

    private double cross(int from, int to) {
        return corners.xs[from] * corners.ys[to] - corners.xs[to] * corners.ys[from];
    }

    /// How much the line is off the chain's area, whichever way.
    private double areaBetween(int end, int from, int to) {
        double chained = areas[to] - areas[from] + (to < from ? areas[end - 1] : 0);
        return Math.abs(chained + cross(to, from));
    }

    private boolean drop(int first, int end, int corner) {
        if (!mayBeLine(first, end, before(first, end, corner), after(first, end, corner))) {
            return false;
        }
        kept.clear(corner);
        return true;
    }

    private void move(int first, int end, int corner) {
        int size = end - first;
        int from = before(first, end, corner);
        int to = after(first, end, corner);
        int room = Math.floorMod(corner - from, size);
        int steps = Math.floorMod(to - from, size);
        int best = corner;
        double least = areaBetween(end, from, corner) + areaBetween(end, corner, to);
        for (int at = Math.max(1, room - FARTHEST_MOVE); at <= Math.min(steps - 1, room + FARTHEST_MOVE); at++) {
            int other = corner(first, size, from, at);
            double area = areaBetween(end, from, other) + areaBetween(end, other, to);
            if (area < least && mayBeLine(first, end, from, other) && mayBeLine(first, end, other, to)) {
                least = area;
                best = other;
            }
        }
        kept.clear(corner);
        kept.set(best);
    }

    private boolean mayBeLine(int first, int end, int from, int to) {
        int size = end - first;
        int steps = Math.floorMod(to - from, size);
        double reach = reach(first, end, from, to);
        return reach <= tolerance && (steps == 1 || isFree(first, size, from, steps, reach));
    }

    /// How far the corner of a chain that is farthest from its line is from it; infinity where that is beyond the
    /// tolerance.
    private double reach(int first, int end, int from, int to) {
        Corners.Line line = corners.line(from, to);
        double most = 0;
        double limit = tolerance * tolerance;
        int corner = from + 1 == end ? first : from + 1;
        while (corner != to) {
            double distance = line.squaredDistance(corners.xs[corner], corners.ys[corner]);
            if (distance > most) {
                most = distance;
                if (most > limit) {
                    return Double.POSITIVE_INFINITY;
                }
            }
            corner = corner + 1 == end ? first : corner + 1;
        }
        return Math.sqrt(most);
    }

    private int before(int first, int end, int corner) {
        int before = corner > first ? kept.previousSetBit(corner - 1) : -1;
        return before >= first ? before : kept.previousSetBit(end - 1);
    }

    private int after(int first, int end, int corner) {
        int after = kept.nextSetBit(corner + 1);
        return after >= 0 && after < end ? after : kept.nextSetBit(first);
    }

    private int farthestFromMiddle(int first, int end) {
        double left = Double.POSITIVE_INFINITY;
        double right = Double.NEGATIVE_INFINITY;
        double top = Double.POSITIVE_INFINITY;
        double bottom = Double.NEGATIVE_INFINITY;
        for (int i = first; i < end; i++) {
            left = Math.min(left, corners.xs[i]);
            right = Math.max(right, corners.xs[i]);
            top = Math.min(top, corners.ys[i]);
            bottom = Math.max(bottom, corners.ys[i]);
        }
        int farthest = first;
        double most = -1;
        for (int i = first; i < end; i++) {
            double distance = squared(corners.xs[i] - (left + right) / 2, corners.ys[i] - (top + bottom) / 2);
            if (distance > most) {
                most = distance;
                farthest = i;
            }
        }
        return farthest;
    }

    private static double squared(double dx, double dy) {
        return dx * dx + dy * dy;
    }

    /// The chain of `steps` steps from corner `from` of the ring that begins at `first`.
    private void reduce(int first, int size, int from, int steps) {
        int at = farthest(first, size, from, steps);
        if (at == 0) {
            return;
        }
        double distance = distance(first, size, from, steps, at);
        if (distance > tolerance || !isFree(first, size, from, steps, distance)) {
            split(first, size, from, steps, at);
        }
    }

    private void split(int first, int size, int from, int steps, int at) {
        int middle = corner(first, size, from, at);
        kept.set(middle);
        reduce(first, size, from, at);
        reduce(first, size, middle, steps - at);
    }

    private static int corner(int first, int size, int from, int step) {
        int corner = from + step;
        return corner < first + size ? corner : corner - size;
    }

    private double distance(int first, int size, int from, int steps, int at) {
        return corners.distance(corner(first, size, from, at), from, corner(first, size, from, steps));
    }

    /// How many steps it is to the corner that is farthest from the line between the ends of a chain; 0 where the chain
    /// has none in between.
    private int farthest(int first, int size, int from, int steps) {
        Corners.Line line = corners.line(from, corner(first, size, from, steps));
        int farthest = 0;
        double most = -1;
        int corner = from;
        for (int step = 1; step < steps; step++) {
            corner = corner + 1 == first + size ? first : corner + 1;
            double distance = line.squaredDistance(corners.xs[corner], corners.ys[corner]);
            if (distance > most) {
                most = distance;
                farthest = step;
            }
        }
        return farthest;
    }

    private boolean isFree(int first, int size, int from, int steps, double reach) {
        if (chain.length <= steps) {
            chain = new int[2 * steps];
        }
        for (int step = 0; step <= steps; step++) {
            chain[step] = corner(first, size, from, step);
        }
        return corners.isFree(chain, steps + 1, NONE_GONE, reach);
    }
}
