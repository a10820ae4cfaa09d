package dev.firstpass.postprocess.geometry;

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

    private RowRuns(int[] firstOfRow, int[] rows, int[] from, int[] to) {
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
        return new RowRuns(firstOfRow, rows.toArray(), from.toArray(), to.toArray());
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
