package dev.firstpass.postprocess.geometry;

import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;

/// Outlines with no more than so many corners, which cover the same pixels as well as can be.
///
/// Two ways are gone and the better is taken, by the intersection over union of the pixels that they and the given
/// outline cover (pixels whose centre is inside):
///
/// - by **area**: the corner whose triangle with its neighbours is smallest goes first (Visvalingam and Whyatt, "Line
///   generalisation by repeated elimination of points", 1993), good for outlines that are ragged all over;
/// - by **distance**: Douglas-Peucker with the least tolerance that is enough, good for straight sides and few corners.
///
/// Both ask [Corners] before a corner goes, so the result is valid. A ring cannot have fewer than three corners; where
/// there are more rings than a third of the budget, the smallest go whole, but never the largest part: **the budget is
/// always kept**, while a tolerance drops nothing.
///
/// Pure functions. Costs n log n in the corners and a step for each row and each 64 pixels of the bounds.
public final class VertexBudget {
    private static final int SEARCH_STEPS = 12;

    private VertexBudget() {}

    /// The given parts where they have no more corners than that, else such parts.
    ///
    /// @param parts valid, for instance from [Contours]; invalid ones are repaired first ([Validity])
    /// @param most corners of all rings together, >= 3
    public static List<PolygonPart> simplify(List<PolygonPart> parts, int most) {
        if (most < 3) {
            throw new IllegalArgumentException("vertices: " + most + " (expected: >= 3)");
        }
        return traced(Validity.repaired(parts), most);
    }

    /// The same for an outline that is known to be valid.
    static List<PolygonPart> traced(List<PolygonPart> valid, int most) {
        if (corners(valid) <= most) {
            return valid;
        }
        List<PolygonPart> affordable = withFewRings(valid, most);
        List<PolygonPart> byArea = byArea(affordable, most);
        List<PolygonPart> byDistance = byDistance(affordable, most);
        while (!fits(byArea, most) && !fits(byDistance, most)) {
            // Rings that stand in each other's way kept more than three corners: fewer rings, then.
            if (rings(affordable) == 1) {
                return byArea;
            }
            affordable = withFewRings(affordable, 3 * (rings(affordable) - 1));
            byArea = byArea(affordable, most);
            byDistance = byDistance(affordable, most);
        }
        return better(valid, byArea, byDistance, most);
    }

    /// All corners of all rings.
    public static int corners(List<PolygonPart> parts) {
        return parts.stream().mapToInt(VertexBudget::corners).sum();
    }

    private static int corners(PolygonPart part) {
        return part.outer().points().size()
                + part.holes().stream().mapToInt(hole -> hole.points().size()).sum();
    }

    private static boolean fits(List<PolygonPart> parts, int most) {
        return corners(parts) <= most && Validity.isValid(parts);
    }

    private static List<PolygonPart> better(
            List<PolygonPart> given, List<PolygonPart> first, List<PolygonPart> second, int most) {
        if (!fits(first, most)) {
            return second;
        }
        if (!fits(second, most)) {
            return first;
        }
        return PixelOverlap.iou(given, second) > PixelOverlap.iou(given, first) ? second : first;
    }

    private static int rings(List<PolygonPart> parts) {
        return parts.stream().mapToInt(part -> 1 + part.holes().size()).sum();
    }

    /// Only the largest rings, as many as can be triangles within the budget. A hole is smaller than what it is in, so no
    /// hole is left without its part.
    private static List<PolygonPart> withFewRings(List<PolygonPart> parts, int most) {
        if (3 * rings(parts) <= most) {
            return parts;
        }
        Set<Ring> largest = Collections.newSetFromMap(new IdentityHashMap<>());
        Simplifier.ringsOf(parts).stream()
                .sorted(Comparator.comparingDouble(ring -> -Math.abs(ring.signedArea())))
                .limit(most / 3)
                .forEach(largest::add);
        return parts.stream()
                .filter(part -> largest.contains(part.outer()))
                .map(part -> new PolygonPart(
                        part.outer(),
                        part.holes().stream().filter(largest::contains).toList()))
                .toList();
    }

    private static List<PolygonPart> byDistance(List<PolygonPart> parts, int most) {
        Corners corners = new Corners(Simplifier.ringsOf(parts));
        double low = 0;
        Rect bounds = Ring.boundsOf(
                parts.stream().flatMap(part -> part.outer().points().stream()).toList());
        double high = Math.hypot(bounds.width(), bounds.height());
        BitSet best = LineReduction.kept(corners, high);
        for (int i = 0; i < SEARCH_STEPS; i++) {
            // Tolerances that matter lie near the low end, so that end is searched more closely.
            double middle = low == 0 ? high / 8 : Math.sqrt(low * high);
            BitSet kept = LineReduction.kept(corners, middle);
            if (kept.cardinality() <= most) {
                best = kept;
                high = middle;
            } else {
                low = middle;
            }
        }
        return Simplifier.rebuilt(parts, corners, best);
    }

    private static List<PolygonPart> byArea(List<PolygonPart> parts, int most) {
        Corners corners = new Corners(Simplifier.ringsOf(parts));
        return Simplifier.rebuilt(parts, corners, new Removal(corners).downTo(most));
    }

    /// Visvalingam's queue. Mutable, for one thread.
    private static final class Removal {
        private final Corners corners;
        private final int[] previous;
        private final int[] next;
        private final int[] ringOf;
        private final int[] left;
        private final int[] version;
        private final BitSet gone = new BitSet();
        private final PriorityQueue<Entry> queue =
                new PriorityQueue<>(Comparator.comparingDouble(Entry::area).thenComparingInt(Entry::corner));
        private final int[] triangle = new int[3];
        private int count;

        private record Entry(double area, int corner, int version) {}

        Removal(Corners corners) {
            this.corners = corners;
            count = corners.xs.length;
            previous = new int[count];
            next = new int[count];
            ringOf = new int[count];
            version = new int[count];
            left = new int[corners.rings()];
            for (int ring = 0; ring < corners.rings(); ring++) {
                int first = corners.firstOfRing[ring];
                int end = corners.firstOfRing[ring + 1];
                left[ring] = end - first;
                for (int i = first; i < end; i++) {
                    ringOf[i] = ring;
                    previous[i] = i == first ? end - 1 : i - 1;
                    next[i] = i + 1 == end ? first : i + 1;
                }
            }
        }

        BitSet downTo(int most) {
            int before;
            do {
                // Corners that others stood in the way of get another chance once those have gone.
                before = count;
                for (int i = 0; i < corners.xs.length; i++) {
                    if (!gone.get(i)) {
                        enter(i);
                    }
                }
                while (count > most && !queue.isEmpty()) {
                    Entry entry = queue.remove();
                    if (entry.version == version[entry.corner] && !gone.get(entry.corner)) {
                        remove(entry.corner);
                    }
                }
            } while (count > most && count < before);
            BitSet kept = new BitSet();
            kept.set(0, corners.xs.length);
            kept.andNot(gone);
            return kept;
        }

        private void enter(int corner) {
            double area = corners.twiceArea(previous[corner], corner, next[corner]);
            queue.add(new Entry(area, corner, ++version[corner]));
        }

        private void remove(int corner) {
            if (left[ringOf[corner]] <= 3) {
                return;
            }
            triangle[0] = previous[corner];
            triangle[1] = corner;
            triangle[2] = next[corner];
            double reach = corners.distance(corner, triangle[0], triangle[2]);
            if (!corners.isFree(triangle, 3, gone, reach)) {
                return;
            }
            gone.set(corner);
            count--;
            left[ringOf[corner]]--;
            next[triangle[0]] = triangle[2];
            previous[triangle[2]] = triangle[0];
            enter(triangle[0]);
            enter(triangle[2]);
        }
    }
}
