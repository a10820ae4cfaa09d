package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.tensor.Tensor;
import java.util.List;

/// YOLOX's rows where the network was exported without `--decode_in_inference`: a centre is an offset from its cell, in cells,
/// and sides are logarithms; times the cell's stride, 8, 16 and 32, they are pixels of the row.
final class YoloxGrid implements YoloCandidates {
    private static final int[] STRIDES = {8, 16, 32};

    private final YoloRows rows;
    private final ImageSize input;

    YoloxGrid(Tensor tensor, List<String> classes, ImageSize input) {
        this.rows = new YoloRows(tensor, classes);
        this.input = input;
        long cells = cells(input);
        if (rows.count() != cells) {
            throw new OutputInvalidException("output " + tensor.name() + ": " + tensor.shape() + " (expected: [1,"
                    + cells + "," + (5 + classes.size()) + "], a row for each cell of strides 8, 16 and 32)");
        }
    }

    /// How many rows an input of that size gives.
    static long cells(ImageSize input) {
        long cells = 0;
        for (int stride : STRIDES) {
            cells += (long) (input.width() / stride) * (input.height() / stride);
        }
        return cells;
    }

    @Override
    public int count() {
        return rows.count();
    }

    @Override
    public void from(float floor, Outputs.Taker taker) {
        rows.from(floor, taker);
    }

    @Override
    public int classOf(int candidate) {
        return rows.classOf(candidate);
    }

    @Override
    public void box(int candidate, double[] into) {
        rows.box(candidate, into);
        int first = 0;
        for (int stride : STRIDES) {
            int width = input.width() / stride;
            int cells = width * (input.height() / stride);
            if (candidate < first + cells) {
                int column = (candidate - first) % width;
                int row = (candidate - first) / width;
                into[0] = (into[0] + column) * stride;
                into[1] = (into[1] + row) * stride;
                into[2] = Math.exp(into[2]) * stride;
                into[3] = Math.exp(into[3]) * stride;
                return;
            }
            first += cells;
        }
        throw new IllegalStateException("candidate: " + candidate + " (expected: < " + first + ")");
    }

    @Override
    public float extra(int candidate, int which) {
        return rows.extra(candidate, which);
    }
}
