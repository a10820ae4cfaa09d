package dev.firstpass.postprocess.geometry;

import java.util.Arrays;

/// The runs of set pixels of a mask, row by row, and which of them hang together: what contour tracing and connected
/// components are both made of.
///
/// Runs are numbered in raster order. Linear in the number of 64-pixel words and of runs.
///
/// Immutable once made; the arrays are shared within the package and never written to.
final class RowRuns {
    /// `firstOfRow[y]` is the first run of row y; one more entry closes the last row.
    final int[] firstOfRow;

    final int[] rows;
    final int[] from;

    /// Exclusive.
    final int[] to;

    private final int width;

    private RowRuns(int width, int[] firstOfRow, int[] rows, int[] from, int[] to) {
        this.width = width;
        this.firstOfRow = firstOfRow;
        this.rows = rows;
        this.from = from;
        this.to = to;
    }

    static RowRuns of(BitMask mask) {
        int width = mask.size().width();
        int height = mask.size().height();
        int[] firstOfRow = new int[height + 1];
        IntList rows = new IntList();
        IntList from = new IntList();
        IntList to = new IntList();
        for (int y = 0; y < height; y++) {
            firstOfRow[y] = from.size();
            int start = mask.nextSet(y, 0);
            while (start < width) {
                int end = mask.nextUnset(y, start);
                rows.add(y);
                from.add(start);
                to.add(end);
                start = mask.nextSet(y, end);
            }
        }
        firstOfRow[height] = from.size();
        return new RowRuns(width, firstOfRow, rows.toArray(), from.toArray(), to.toArray());
    }

    /// Without islands of fewer than `minArea` pixels, then without holes of fewer: unset pixels that are cut off from
    /// the image's border. Pixels hang together by their sides only, set and unset ones alike, as the rings of
    /// [Contours] have it: none of those encloses less then.
    RowRuns withoutSpecks(long minArea) {
        RowRuns islands = enough(minArea, false);
        return islands.gaps().enough(minArea, true).gaps();
    }

    /// The runs of components that have at least `minArea` pixels.
    ///
    /// @param bordersStay whether those at the image's border stay at any size
    private RowRuns enough(long minArea, boolean bordersStay) {
        int[] labels = labels(false);
        long[] areas = new long[count()];
        for (int run = 0; run < count(); run++) {
            boolean atBorder =
                    from[run] == 0 || to[run] == width || rows[run] == 0 || rows[run] + 2 == firstOfRow.length;
            areas[labels[run]] += bordersStay && atBorder ? minArea : to[run] - from[run];
        }
        Builder kept = new Builder(count());
        for (int y = 0; y + 1 < firstOfRow.length; y++) {
            kept.startRow();
            for (int run = firstOfRow[y]; run < firstOfRow[y + 1]; run++) {
                if (areas[labels[run]] >= minArea) {
                    kept.add(from[run], to[run]);
                }
            }
        }
        return kept.build();
    }

    /// The runs of unset pixels.
    private RowRuns gaps() {
        Builder gaps = new Builder(count() + firstOfRow.length);
        for (int y = 0; y + 1 < firstOfRow.length; y++) {
            gaps.startRow();
            int start = 0;
            for (int run = firstOfRow[y]; run < firstOfRow[y + 1]; run++) {
                gaps.add(start, from[run]);
                start = to[run];
            }
            gaps.add(start, width);
        }
        return gaps.build();
    }

    /// Makes runs of the same image, row by row. Mutable, for one thread.
    private final class Builder {
        private final int[] first = new int[firstOfRow.length];
        private final int[] rowOf;
        private final int[] starts;
        private final int[] ends;
        private int row = -1;
        private int count;

        Builder(int most) {
            rowOf = new int[most];
            starts = new int[most];
            ends = new int[most];
        }

        void startRow() {
            first[++row] = count;
        }

        void add(int start, int end) {
            if (start < end) {
                rowOf[count] = row;
                starts[count] = start;
                ends[count++] = end;
            }
        }

        RowRuns build() {
            first[row + 1] = count;
            return new RowRuns(
                    width,
                    first,
                    Arrays.copyOf(rowOf, count),
                    Arrays.copyOf(starts, count),
                    Arrays.copyOf(ends, count));
        }
    }

    int count() {
        return from.length;
    }

    /// The component of each run, numbered from 0 in the order of their first pixels.
    ///
    /// @param cornersTouch whether pixels that share only a corner hang together (8-connectivity)
    int[] labels(boolean cornersTouch) {
        int[] parents = new int[count()];
        for (int run = 0; run < parents.length; run++) {
            parents[run] = run;
        }
        int reach = cornersTouch ? 1 : 0;
        for (int y = 1; y + 1 < firstOfRow.length; y++) {
            int above = firstOfRow[y - 1];
            int run = firstOfRow[y];
            while (above < firstOfRow[y] && run < firstOfRow[y + 1]) {
                if (from[above] < to[run] + reach && from[run] < to[above] + reach) {
                    join(parents, above, run);
                }
                if (to[above] < to[run]) {
                    above++;
                } else {
                    run++;
                }
            }
        }
        return numbered(parents);
    }

    /// The lower root stays root, so a component's root is its first run.
    private static void join(int[] parents, int a, int b) {
        int rootA = root(parents, a);
        int rootB = root(parents, b);
        parents[Math.max(rootA, rootB)] = Math.min(rootA, rootB);
    }

    private static int root(int[] parents, int run) {
        int at = run;
        while (parents[at] != at) {
            parents[at] = parents[parents[at]];
            at = parents[at];
        }
        return at;
    }

    private static int[] numbered(int[] parents) {
        int[] labels = new int[parents.length];
        int next = 0;
        for (int run = 0; run < parents.length; run++) {
            int root = root(parents, run);
            labels[run] = root == run ? next++ : labels[root];
        }
        return labels;
    }
}
