package dev.firstpass.postprocess.geometry;

import java.util.List;

/// The corners of a set of rings, numbered ring by ring, and where they lie: what every simplification asks before it
/// lets a piece of an outline become one straight line.
///
/// **The question.** A chain of corners may become the line between its ends where no other corner lies in the area
/// between chain and line, its border included. Rings that did not cross before do not cross afterwards: another line
/// that crossed the new one would have to go on into that area, and leave it by the old chain, which it does not cross,
/// or end in it; and no ring can come to lie on the other side of the line, since its corners would be in that area.
/// A corner that lies on an end of the chain, where two rings touch, does no harm by itself; with one on either end two
/// rings could come to share the line, so then the answer is no.
///
/// Corners lie in a grid of square cells, about one or two to a cell. A question costs the cells along the line and the
/// chain's length for each corner near it.
///
/// Mutable, for one thread.
final class Corners {
    private static final int MOST_CELLS_A_SIDE = 4096;

    final double[] xs;
    final double[] ys;

    /// The first corner of each ring; one more entry closes the last.
    final int[] firstOfRing;

    private final double left;
    private final double top;
    private final double cell;
    private final int columns;
    private final int rows;
    private final int[] firstOfCell;
    private final int[] ofCell;

    /// The number of the last question that each corner was part of the chain of.
    private final int[] askedIn;

    private int question;

    Corners(List<Ring> rings) {
        firstOfRing = new int[rings.size() + 1];
        for (int i = 0; i < rings.size(); i++) {
            firstOfRing[i + 1] = firstOfRing[i] + rings.get(i).points().size();
        }
        int count = firstOfRing[rings.size()];
        xs = new double[count];
        ys = new double[count];
        askedIn = new int[count];
        int next = 0;
        double right = Double.NEGATIVE_INFINITY;
        double bottom = Double.NEGATIVE_INFINITY;
        double least = Double.POSITIVE_INFINITY;
        double highest = Double.POSITIVE_INFINITY;
        for (Ring ring : rings) {
            for (Point point : ring.points()) {
                xs[next] = point.x();
                ys[next] = point.y();
                least = Math.min(least, point.x());
                right = Math.max(right, point.x());
                highest = Math.min(highest, point.y());
                bottom = Math.max(bottom, point.y());
                next++;
            }
        }
        left = least;
        top = highest;
        double width = right - left;
        double height = bottom - top;
        double wanted = Math.sqrt(width * height / Math.max(1, count));
        cell = Math.max(Math.max(wanted, Math.max(width, height) / MOST_CELLS_A_SIDE), Double.MIN_NORMAL);
        columns = columnOf(right) + 1;
        rows = rowOf(bottom) + 1;
        firstOfCell = new int[columns * rows + 1];
        ofCell = new int[count];
        sort();
    }

    private int columnOf(double x) {
        return (int) ((x - left) / cell);
    }

    private int rowOf(double y) {
        return (int) ((y - top) / cell);
    }

    private void sort() {
        for (int i = 0; i < xs.length; i++) {
            firstOfCell[rowOf(ys[i]) * columns + columnOf(xs[i]) + 1]++;
        }
        for (int i = 1; i < firstOfCell.length; i++) {
            firstOfCell[i] += firstOfCell[i - 1];
        }
        int[] next = firstOfCell.clone();
        for (int i = 0; i < xs.length; i++) {
            ofCell[next[rowOf(ys[i]) * columns + columnOf(xs[i])]++] = i;
        }
    }

    int rings() {
        return firstOfRing.length - 1;
    }

    Point point(int corner) {
        return new Point(xs[corner], ys[corner]);
    }

    /// Distance of a corner from the line between two others.
    double distance(int corner, int from, int to) {
        return Math.sqrt(line(from, to).squaredDistance(xs[corner], ys[corner]));
    }

    Line line(int from, int to) {
        double dx = xs[to] - xs[from];
        double dy = ys[to] - ys[from];
        double length = dx * dx + dy * dy;
        return new Line(xs[from], ys[from], dx, dy, length == 0 ? 0 : 1 / length);
    }

    /// The line between two corners, made ready for many questions: one division for all of them.
    ///
    /// @param scale 1 by the square of its length; 0 where that is 0
    record Line(double fromX, double fromY, double dx, double dy, double scale) {
        double squaredDistance(double x, double y) {
            double px = x - fromX;
            double py = y - fromY;
            double along = Math.max(0, Math.min(1, (px * dx + py * dy) * scale));
            double ex = px - along * dx;
            double ey = py - along * dy;
            return ex * ex + ey * ey;
        }
    }

    /// Twice the area of the triangle of three corners.
    double twiceArea(int a, int b, int c) {
        return Math.abs((xs[b] - xs[a]) * (ys[c] - ys[a]) - (xs[c] - xs[a]) * (ys[b] - ys[a]));
    }

    /// Whether the chain may become one line (see above).
    ///
    /// @param chain corners in order, the ends included
    /// @param gone corners that count no longer
    /// @param reach no corner of the chain is farther from the line between its ends
    boolean isFree(int[] chain, int length, java.util.BitSet gone, double reach) {
        question++;
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < length; i++) {
            askedIn[chain[i]] = question;
            low = Math.min(low, ys[chain[i]]);
            high = Math.max(high, ys[chain[i]]);
        }
        double limit = reach * reach * (1 + 1e-9);
        boolean touchesFirst = false;
        boolean touchesLast = false;
        int from = chain[0];
        int to = chain[length - 1];
        Line line = line(from, to);
        int lastRow = rowOf(high);
        for (int row = rowOf(low); row <= lastRow; row++) {
            double rowTop = top + row * cell - reach;
            double rowBottom = top + (row + 1) * cell + reach;
            int firstColumn = columnOf(Math.max(left, leastX(from, to, rowTop, rowBottom) - reach - cell * 1e-6));
            int lastColumn = Math.min(columns - 1, columnOf(mostX(from, to, rowTop, rowBottom) + reach + cell * 1e-6));
            int end = firstOfCell[row * columns + lastColumn + 1];
            for (int at = firstOfCell[row * columns + firstColumn]; at < end; at++) {
                int other = ofCell[at];
                if (askedIn[other] == question
                        || gone.get(other)
                        || line.squaredDistance(xs[other], ys[other]) > limit) {
                    continue;
                }
                if (xs[other] == xs[from] && ys[other] == ys[from]) {
                    touchesFirst = true;
                } else if (xs[other] == xs[to] && ys[other] == ys[to]) {
                    touchesLast = true;
                } else if (isWithin(xs[other], ys[other], chain, length)) {
                    return false;
                }
                if (touchesFirst && touchesLast) {
                    return false;
                }
            }
        }
        return true;
    }

    /// The least x of the line between two corners, as far as it lies between two heights; where it does not, that of
    /// the end nearest to them.
    private double leastX(int from, int to, double rowTop, double rowBottom) {
        return Math.min(xAt(from, to, rowTop), xAt(from, to, rowBottom));
    }

    private double mostX(int from, int to, double rowTop, double rowBottom) {
        double most = Math.max(xAt(from, to, rowTop), xAt(from, to, rowBottom));
        return ys[from] == ys[to] ? Math.max(xs[from], xs[to]) : most;
    }

    private double xAt(int from, int to, double y) {
        if (ys[from] == ys[to]) {
            return Math.min(xs[from], xs[to]);
        }
        double along = Math.clamp((y - ys[from]) / (ys[to] - ys[from]), 0.0, 1.0);
        return xs[from] + along * (xs[to] - xs[from]);
    }

    /// Whether a point lies in the area between a chain and the line that closes it, by the even-odd rule, or on its
    /// border.
    private boolean isWithin(double x, double y, int[] chain, int length) {
        boolean within = false;
        int previous = chain[length - 1];
        for (int i = 0; i < length; i++) {
            int corner = chain[i];
            double ax = xs[previous];
            double ay = ys[previous];
            double bx = xs[corner];
            double by = ys[corner];
            double side = (bx - ax) * (y - ay) - (x - ax) * (by - ay);
            if (side == 0
                    && x >= Math.min(ax, bx)
                    && x <= Math.max(ax, bx)
                    && y >= Math.min(ay, by)
                    && y <= Math.max(ay, by)) {
                return true;
            }
            if (ay > y != by > y && side > 0 == by > ay) {
                within = !within;
            }
            previous = corner;
        }
        return within;
    }
}
