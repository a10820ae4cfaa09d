package dev.firstpass.postprocess.geometry;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The outline of a mask along pixel **edges**, by following the cracks between set and unset pixels.
///
/// Tracing through pixel centres, as OpenCV's findContours does, loses half a pixel on every side and turns a single
/// pixel into a point. Edges lose nothing: [Rasterizer] gives back the very mask that was traced.
///
/// **Connectivity.** Set pixels are 4-connected: two that share only a corner belong to different parts, which touch
/// in that point. Unset pixels are therefore 8-connected, and where that makes a ring pass the same corner twice it
/// is cut there into two rings. So every ring is simple, holes touch each other and their outer ring in points only,
/// and each part is a valid polygon by the OGC rules. (Grouping by 8-connectivity is [Components]' business: a blob
/// whose pixels hang together by a corner is one annotation with two parts.)
///
/// Outer rings run clockwise as seen (positive [Ring#signedArea()]), holes counter-clockwise; a ring holds its corner
/// points only. Parts come in the raster order of their first pixels.
///
/// **How.** Every crack that runs up or down is an end of a run of set pixels in a row ([RowRuns]), so a walk goes from
/// run to run and never looks at a pixel: from the left end of a run up, from the right end down, each time along the
/// row's border to the next end. Cost: one step for each word of 64 pixels and a few for each run, in time; memory for
/// the runs and the corners, none for the image.
public final class Contours {
    private final RowRuns runs;

    /// For each run the first of the row above that ends beyond its left end; one past that row where none does.
    private final int[] above;

    /// For each run the last of the row below that begins before its right end; one before that row where none does.
    private final int[] below;

    /// Runs whose left end has been walked. Every ring, outer or hole, has at least one such end.
    private final BitSet walked;

    private Contours(RowRuns runs) {
        this.runs = runs;
        this.above = new int[runs.count()];
        this.below = new int[runs.count()];
        this.walked = new BitSet(runs.count());
        link();
    }

    /// The parts of `mask`; none where no pixel is set.
    public static List<PolygonPart> of(BitMask mask) {
        return of(RowRuns.of(mask));
    }

    static List<PolygonPart> of(RowRuns runs) {
        return new Contours(runs).parts();
    }

    private void link() {
        int[] first = runs.firstOfRow;
        for (int y = 0; y + 1 < first.length; y++) {
            int up = y == 0 ? 0 : first[y - 1];
            for (int run = first[y]; run < first[y + 1]; run++) {
                while (up < first[y] && runs.to[up] <= runs.from[run]) {
                    up++;
                }
                above[run] = up;
            }
            int down = first[y + 1] - 1;
            int end = y + 2 < first.length ? first[y + 2] : first[y + 1];
            for (int run = first[y]; run < first[y + 1]; run++) {
                while (down + 1 < end && runs.from[down + 1] < runs.to[run]) {
                    down++;
                }
                below[run] = down;
            }
        }
    }

    /// A left end not yet walked, met in raster order, is the topmost of its line: it starts a walk at a corner. All
    /// rings of one walk bound the same component, so its label says whose they are.
    private List<PolygonPart> parts() {
        int[] labels = runs.labels(false);
        List<List<Ring>> ringsOf = new ArrayList<>();
        for (int run = 0; run < runs.count(); run++) {
            if (labels[run] == ringsOf.size()) {
                ringsOf.add(new ArrayList<>(1));
            }
            if (!walked.get(run)) {
                walk(run, ringsOf.get(labels[run]));
            }
        }
        return ringsOf.stream().map(Contours::part).toList();
    }

    private static PolygonPart part(List<Ring> rings) {
        if (rings.size() == 1) {
            return new PolygonPart(rings.getFirst(), List.of());
        }
        Ring outer = rings.stream().filter(Contours::isOuter).findFirst().orElseThrow();
        return new PolygonPart(
                outer, rings.stream().filter(ring -> !isOuter(ring)).toList());
    }

    private static boolean isOuter(Ring ring) {
        return ring.signedArea() > 0;
    }

    /// Walks with set pixels on the right hand, beginning at the top of the left end of run `start`, until that end is
    /// reached again. Ends are numbered: the left one of run r is r, the right one is ~r.
    private void walk(int start, List<Ring> into) {
        Path path = new Path();
        int end = start;
        do {
            if (end >= 0) {
                walked.set(end);
                end = up(end, path);
            } else {
                end = down(~end, path);
            }
        } while (end != start);
        path.finish(into);
    }

    /// From the top of the left end of `run` to the next end.
    private int up(int run, Path path) {
        int y = runs.rows[run];
        int x = runs.from[run];
        int over = above[run];
        boolean isOver = over < runs.firstOfRow[y] && y > 0;
        if (isOver && runs.from[over] == x) {
            return over;
        }
        if (isOver && runs.from[over] < x) {
            path.corner(x, y, false);
            int left = run - 1;
            boolean isLeft = left >= runs.firstOfRow[y];
            if (isLeft && runs.to[left] > runs.from[over]) {
                path.corner(runs.to[left], y, false);
                return ~left;
            }
            path.corner(runs.from[over], y, isLeft && runs.to[left] == runs.from[over]);
            return over;
        }
        path.corner(x, y, y > 0 && over > runs.firstOfRow[y - 1] && runs.to[over - 1] == x);
        if (isOver && runs.from[over] < runs.to[run]) {
            path.corner(runs.from[over], y, false);
            return over;
        }
        path.corner(runs.to[run], y, isOver && runs.from[over] == runs.to[run]);
        return ~run;
    }

    /// From the bottom of the right end of `run` to the next end.
    private int down(int run, Path path) {
        int y = runs.rows[run] + 1;
        int x = runs.to[run];
        int under = below[run];
        int firstUnder = runs.firstOfRow[y];
        boolean isUnder = under >= firstUnder;
        if (isUnder && runs.to[under] == x) {
            return ~under;
        }
        if (isUnder && runs.to[under] > x) {
            path.corner(x, y, false);
            int right = run + 1;
            boolean isRight = right < firstUnder;
            if (isRight && runs.from[right] < runs.to[under]) {
                path.corner(runs.from[right], y, false);
                return right;
            }
            path.corner(runs.to[under], y, isRight && runs.from[right] == runs.to[under]);
            return ~under;
        }
        boolean isNext = y + 1 < runs.firstOfRow.length && under + 1 < runs.firstOfRow[y + 1];
        path.corner(x, y, isNext && runs.from[under + 1] == x);
        if (isUnder && runs.to[under] > runs.from[run]) {
            path.corner(runs.to[under], y, false);
            return ~under;
        }
        path.corner(runs.from[run], y, isUnder && runs.to[under] == runs.from[run]);
        return run;
    }

    /// The corners of one walk. Only where two set pixels touch by a corner can a walk pass twice; the loop in
    /// between is then a ring of its own.
    ///
    /// Mutable, for one thread.
    private static final class Path {
        private final IntList xs = new IntList();
        private final IntList ys = new IntList();
        private final Map<Long, Integer> passed = new HashMap<>();
        private final List<Ring> rings = new ArrayList<>(1);

        void corner(int x, int y, boolean touching) {
            if (touching) {
                int before = passed.getOrDefault(place(x, y), Integer.MAX_VALUE);
                if (before < xs.size() && xs.get(before) == x && ys.get(before) == y) {
                    rings.add(ring(before));
                    xs.truncate(before + 1);
                    ys.truncate(before + 1);
                    return;
                }
                passed.put(place(x, y), xs.size());
            }
            xs.add(x);
            ys.add(y);
        }

        private static long place(int x, int y) {
            return (long) y << Integer.SIZE | x;
        }

        private Ring ring(int from) {
            Point[] points = new Point[xs.size() - from];
            for (int i = 0; i < points.length; i++) {
                points[i] = new Point(xs.get(from + i), ys.get(from + i));
            }
            return new Ring(List.of(points));
        }

        void finish(List<Ring> into) {
            rings.add(ring(0));
            into.addAll(rings);
        }
    }
}
