package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import java.util.ArrayList;
import java.util.List;

/// Polygons said by rings alone, of which an odd number around a place means that it is inside: which ring is whose hole is told by
/// what surrounds it.
///
/// Pure functions.
final class EvenOdd {
    /// So that no file takes minutes: each ring is held against each.
    private static final int MOST_RINGS = 4096;

    private EvenOdd() {}

    /// Whether the rings of `parts` say them by the even-odd rule: no two parts' bounds overlap.
    static boolean isApart(List<PolygonPart> parts) {
        List<Rect> bounds = parts.stream().map(part -> part.outer().bounds()).toList();
        for (int i = 0; i < bounds.size(); i++) {
            for (int k = 0; k < i; k++) {
                if (overlap(bounds.get(i), bounds.get(k))) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean overlap(Rect a, Rect b) {
        return a.x() <= b.right() && b.x() <= a.right() && a.y() <= b.bottom() && b.y() <= a.bottom();
    }

    /// Rings with an even number of others around them are outer ones, in their order; the others are holes of the smallest that
    /// surrounds them.
    ///
    /// @throws IllegalArgumentException if there are too many
    static List<PolygonPart> parts(List<Ring> rings) {
        if (rings.size() > MOST_RINGS) {
            throw new IllegalArgumentException("paths: " + rings.size() + " (expected: at most " + MOST_RINGS + ")");
        }
        List<Rect> bounds = rings.stream().map(Ring::bounds).toList();
        List<List<Integer>> around = new ArrayList<>();
        for (int i = 0; i < rings.size(); i++) {
            List<Integer> outer = new ArrayList<>();
            for (int k = 0; k < rings.size(); k++) {
                if (k != i && surrounds(bounds.get(k), bounds.get(i)) && isAround(rings, k, i)) {
                    outer.add(k);
                }
            }
            around.add(outer);
        }
        List<PolygonPart> parts = new ArrayList<>();
        for (int i = 0; i < rings.size(); i++) {
            if (around.get(i).size() % 2 == 0) {
                List<Ring> holes = new ArrayList<>();
                for (int k = 0; k < rings.size(); k++) {
                    boolean isHole = around.get(k).size() == around.get(i).size() + 1
                            && around.get(k).contains(i);
                    if (isHole) {
                        holes.add(rings.get(k));
                    }
                }
                parts.add(new PolygonPart(rings.get(i), holes));
            }
        }
        return parts;
    }

    private static boolean surrounds(Rect outer, Rect inner) {
        return outer.x() <= inner.x()
                && outer.y() <= inner.y()
                && outer.right() >= inner.right()
                && outer.bottom() >= inner.bottom();
    }

    /// Of two rings on the same points, the first is around the second.
    private static boolean isAround(List<Ring> rings, int outer, int inner) {
        if (rings.get(outer).equals(rings.get(inner))) {
            return outer < inner;
        }
        for (Point point : rings.get(inner).points()) {
            Place place = place(point, rings.get(outer));
            if (place != Place.ON) {
                return place == Place.INSIDE;
            }
        }
        return Math.abs(rings.get(outer).signedArea())
                > Math.abs(rings.get(inner).signedArea());
    }

    private enum Place {
        INSIDE,
        OUTSIDE,
        ON
    }

    private static Place place(Point point, Ring ring) {
        boolean isInside = false;
        Point a = ring.points().getLast();
        for (Point b : ring.points()) {
            if (isOn(point, a, b)) {
                return Place.ON;
            }
            if (a.y() > point.y() != b.y() > point.y()) {
                double x = a.x() + (point.y() - a.y()) / (b.y() - a.y()) * (b.x() - a.x());
                isInside ^= point.x() < x;
            }
            a = b;
        }
        return isInside ? Place.INSIDE : Place.OUTSIDE;
    }

    private static boolean isOn(Point point, Point a, Point b) {
        double cross = (b.x() - a.x()) * (point.y() - a.y()) - (b.y() - a.y()) * (point.x() - a.x());
        return cross == 0
                && point.x() >= Math.min(a.x(), b.x())
                && point.x() <= Math.max(a.x(), b.x())
                && point.y() >= Math.min(a.y(), b.y())
                && point.y() <= Math.max(a.y(), b.y());
    }
}
