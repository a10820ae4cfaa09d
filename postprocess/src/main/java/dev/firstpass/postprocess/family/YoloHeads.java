package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.tensor.Tensor;
import java.util.List;

/// What the network gives before it is decoded, finest grid first: of each of `a` anchors of each cell 5 + classes logits,
/// in [1, a, h, w, 5 + classes] or [1, a * (5 + classes), h, w]. As YOLOv5 and YOLOv7 decode them: with s the logistic
/// function, the centre is (2 s - 0.5 + cell) * stride, the sides are (2 s)^2 * anchor, the score is object times class.
///
/// Candidates are numbered as YOLOv5 puts them one after another: grid, anchor, row, column.
final class YoloHeads implements YoloCandidates {
    private static final int OBJECT = 4;
    private static final int SCORES = 5;

    private final List<Tensor> heads;
    private final List<String> classes;
    private final double[] anchors;
    private final ImageSize input;
    private final int perCell;
    private final int[] firsts;

    /// @param heads finest grid first, their shapes checked
    /// @param anchors width and height in pixels of the row, of each anchor of the first grid, then of the next
    YoloHeads(List<Tensor> heads, List<String> classes, double[] anchors, ImageSize input) {
        this.heads = heads;
        this.classes = classes;
        this.anchors = anchors;
        this.input = input;
        this.perCell = anchors.length / 2 / heads.size();
        this.firsts = new int[heads.size() + 1];
        for (int head = 0; head < heads.size(); head++) {
            int cells = Math.multiplyExact(width(head), height(head));
            firsts[head + 1] = Math.addExact(firsts[head], Math.multiplyExact(perCell, cells));
        }
    }

    static boolean isInterleaved(Tensor head) {
        return head.shape().rank() == 5;
    }

    private int width(int head) {
        Tensor tensor = heads.get(head);
        return Math.toIntExact(tensor.shape().extent(isInterleaved(tensor) ? -2 : -1));
    }

    private int height(int head) {
        Tensor tensor = heads.get(head);
        return Math.toIntExact(tensor.shape().extent(isInterleaved(tensor) ? -3 : -2));
    }

    @Override
    public int count() {
        return firsts[heads.size()];
    }

    @Override
    public void from(float floor, Outputs.Taker taker) {
        BitScan scan = new BitScan();
        heads.forEach(head -> scan.requireFinite(head, 0, head.elements()));
        double leastLogit = floor <= 0 ? Double.NEGATIVE_INFINITY : Math.log(floor / (1.0 - floor)) - 1e-3;
        for (int candidate = 0; candidate < count(); candidate++) {
            float object = value(candidate, OBJECT);
            if (object >= leastLogit) {
                int best = classOf(candidate);
                float score = best < 0 ? -1 : (float) (logistic(object) * logistic(value(candidate, SCORES + best)));
                if (score >= floor) {
                    taker.take(candidate, score);
                }
            }
        }
    }

    /// The first of equal ones; -1 where no class has a name.
    @Override
    public int classOf(int candidate) {
        int best = -1;
        float greatest = Float.NEGATIVE_INFINITY;
        for (int index = 0; index < classes.size(); index++) {
            float logit = value(candidate, SCORES + index);
            if (logit > greatest && !classes.get(index).isEmpty()) {
                greatest = logit;
                best = index;
            }
        }
        return best;
    }

    @Override
    public void box(int candidate, double[] into) {
        int head = headOf(candidate);
        int width = width(head);
        int height = height(head);
        int within = candidate - firsts[head];
        int column = within % width;
        int row = within / width % height;
        int anchor = within / width / height;
        double strideX = (double) input.width() / width;
        double strideY = (double) input.height() / height;
        int shape = 2 * (head * perCell + anchor);
        into[0] = (2 * logistic(value(candidate, 0)) - 0.5 + column) * strideX;
        into[1] = (2 * logistic(value(candidate, 1)) - 0.5 + row) * strideY;
        into[2] = square(2 * logistic(value(candidate, 2))) * anchors[shape];
        into[3] = square(2 * logistic(value(candidate, 3))) * anchors[shape + 1];
    }

    @Override
    public float extra(int candidate, int which) {
        throw new IllegalStateException("undecoded heads have no further numbers");
    }

    private int headOf(int candidate) {
        int head = 0;
        while (candidate >= firsts[head + 1]) {
            head++;
        }
        return head;
    }

    private float value(int candidate, int channel) {
        int head = headOf(candidate);
        Tensor tensor = heads.get(head);
        long within = (long) candidate - firsts[head];
        long channels = (long) SCORES + classes.size();
        if (isInterleaved(tensor)) {
            return tensor.f32(within * channels + channel);
        }
        long cells = (long) width(head) * height(head);
        long anchor = within / cells;
        return tensor.f32((anchor * channels + channel) * cells + within % cells);
    }

    private static double logistic(double logit) {
        return 1 / (1 + Math.exp(-logit));
    }

    private static double square(double value) {
        return value * value;
    }
}
