package dev.firstpass.postprocess.family;

import java.util.Arrays;

/// The likeliest class of each pixel of an asset, of a map with a number for each class: each class's numbers are blended between
/// the centres of cells (bilinear, half-pixel), and of those at a pixel the greatest wins, the first of equal ones.
///
/// Two rows of cells are held at a time. Between four cells a class that is nowhere as great as another one everywhere cannot win;
/// only what is left of the classes is blended, which within a region is one and costs nothing.
///
/// Mutable, for one thread.
final class LikeliestClasses {
    private final ClassPlanes planes;
    private final CellAxis across;
    private final CellAxis down;
    private final boolean areLogits;
    private final int width;
    private final int height;
    private final int classes;

    /// Two rows of cells, class after class.
    private float[] upper;

    private float[] lower;
    private int upperRow = -1;
    private int lowerRow = -1;

    /// Of each cell of these rows, the logarithm of what its logits' exponentials add up to; not a number until asked for.
    private double[] upperSums;

    private double[] lowerSums;

    /// Of each cell: the rivals between it, the next, and those below, `firstOf[cell]` to `firstOf[cell + 1]` of `rivals`.
    private final int[] firstOf;

    private int[] rivals = new int[64];

    LikeliestClasses(ClassPlanes planes, MapPlace place, boolean areLogits) {
        this.planes = planes;
        this.across = CellAxis.across(place);
        this.down = CellAxis.down(place);
        this.areLogits = areLogits;
        this.width = planes.size().width();
        this.height = planes.size().height();
        this.classes = planes.classes();
        int cells = Math.multiplyExact(width, classes);
        this.upper = new float[cells];
        this.lower = new float[cells];
        this.upperSums = new double[width];
        this.lowerSums = new double[width];
        this.firstOf = new int[width + 1];
    }

    /// Hands on the runs of pixels of one class, row by row and from left to right. What the model was not shown is in none.
    ///
    /// @throws OutputInvalidException if a value is not what it has to be
    void forEachRun(ClassRuns runs) {
        for (int y = down.first(); y < down.end(); y++) {
            move(down.cell(y));
            int x = across.first();
            while (x < across.end()) {
                int from = x;
                int label = labelAt(x, y);
                do {
                    x++;
                } while (x < across.end() && labelAt(x, y) == label);
                if (runs.takes(label)) {
                    runs.add(label, y, from, x, sum(label, y, from, x));
                }
            }
        }
    }

    private int labelAt(int x, int y) {
        int cell = across.cell(x);
        int first = firstOf[cell];
        int end = firstOf[cell + 1];
        if (end == first + 1) {
            return rivals[first];
        }
        int next = Math.min(cell + 1, width - 1);
        float toRight = across.share(x);
        float toLower = down.share(y);
        int best = rivals[first];
        float greatest = Float.NEGATIVE_INFINITY;
        for (int i = first; i < end; i++) {
            int row = rivals[i] * width;
            float above = upper[row + cell] + toRight * (upper[row + next] - upper[row + cell]);
            float below = lower[row + cell] + toRight * (lower[row + next] - lower[row + cell]);
            float value = above + toLower * (below - above);
            if (value > greatest) {
                greatest = value;
                best = rivals[i];
            }
        }
        return best;
    }

    // --- Scores

    /// What the cells that a run's pixels lie in say of its class, added up.
    private double sum(int label, int y, int from, int to) {
        boolean isLower = down.nearest(y) != upperRow;
        double sum = 0;
        int x = from;
        while (x < to) {
            int cell = across.nearest(x);
            int first = x;
            do {
                x++;
            } while (x < to && across.nearest(x) == cell);
            sum += (x - first) * probability(label, cell, isLower);
        }
        return sum;
    }

    private double probability(int label, int cell, boolean isLower) {
        float value = (isLower ? lower : upper)[label * width + cell];
        if (!areLogits) {
            return value;
        }
        double[] sums = isLower ? lowerSums : upperSums;
        if (Double.isNaN(sums[cell])) {
            sums[cell] = logarithmOfSum(isLower ? lower : upper, cell);
        }
        return Math.exp(value - sums[cell]);
    }

    private double logarithmOfSum(float[] rows, int cell) {
        double greatest = Double.NEGATIVE_INFINITY;
        for (int label = 0; label < classes; label++) {
            greatest = Math.max(greatest, rows[label * width + cell]);
        }
        double sum = 0;
        for (int label = 0; label < classes; label++) {
            sum += Math.exp(rows[label * width + cell] - greatest);
        }
        return greatest + Math.log(sum);
    }

    // --- Rows of cells

    /// Makes `row` the upper one.
    private void move(int row) {
        int next = Math.min(row + 1, height - 1);
        if (row == upperRow && next == lowerRow) {
            return;
        }
        if (row == lowerRow) {
            float[] rows = upper;
            upper = lower;
            lower = rows;
            double[] sums = upperSums;
            upperSums = lowerSums;
            lowerSums = sums;
            lowerRow = upperRow;
            upperRow = row;
        }
        if (row != upperRow) {
            planes.row(row, upper);
            Arrays.fill(upperSums, Double.NaN);
            upperRow = row;
        }
        if (next != lowerRow) {
            planes.row(next, lower);
            Arrays.fill(lowerSums, Double.NaN);
            lowerRow = next;
        }
        findRivals();
    }

    private void findRivals() {
        float[] certain = new float[width];
        Arrays.fill(certain, Float.NEGATIVE_INFINITY);
        for (int label = 0; label < classes; label++) {
            int row = label * width;
            for (int cell = 0; cell < width; cell++) {
                int next = Math.min(cell + 1, width - 1);
                float least = Math.min(
                        Math.min(upper[row + cell], upper[row + next]), Math.min(lower[row + cell], lower[row + next]));
                certain[cell] = Math.max(certain[cell], least);
            }
        }
        int count = 0;
        for (int cell = 0; cell < width; cell++) {
            firstOf[cell] = count;
            int next = Math.min(cell + 1, width - 1);
            for (int label = 0; label < classes; label++) {
                int row = label * width;
                float greatest = Math.max(
                        Math.max(upper[row + cell], upper[row + next]), Math.max(lower[row + cell], lower[row + next]));
                if (greatest >= certain[cell]) {
                    rivals = count == rivals.length ? Arrays.copyOf(rivals, 2 * count) : rivals;
                    rivals[count++] = label;
                }
            }
        }
        firstOf[width] = count;
    }
}
