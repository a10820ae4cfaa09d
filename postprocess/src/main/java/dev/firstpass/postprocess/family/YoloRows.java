package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.tensor.Tensor;
import java.util.List;

/// [1, anchors, 5 + classes + extras]: a row for each anchor, with the probability that there is anything before those
/// of the classes. A candidate's score is the product with its best class; where the first alone is too low, the classes
/// are not looked at.
final class YoloRows implements YoloCandidates {
    private static final int OBJECT = 4;
    private static final int SCORES = 5;

    private final Tensor tensor;
    private final List<String> classes;
    private final int anchors;
    private final int columns;

    YoloRows(Tensor tensor, List<String> classes) {
        this.tensor = tensor;
        this.classes = classes;
        this.anchors = Math.toIntExact(tensor.shape().extent(1));
        this.columns = Math.toIntExact(tensor.shape().extent(2));
    }

    @Override
    public int count() {
        return anchors;
    }

    @Override
    public void from(float floor, Outputs.Taker taker) {
        new BitScan().requireFinite(tensor, 0, tensor.elements());
        for (int anchor = 0; anchor < anchors; anchor++) {
            float object = probability(anchor, OBJECT);
            if (object >= floor) {
                int best = classOf(anchor);
                float score = best < 0 ? -1 : object * probability(anchor, SCORES + best);
                if (score >= floor) {
                    taker.take(anchor, score);
                }
            }
        }
    }

    private float probability(int anchor, int column) {
        long at = (long) anchor * columns + column;
        return Outputs.probability(tensor, at, tensor.f32(at));
    }

    /// The first of equal ones; -1 where no class has a name.
    @Override
    public int classOf(int candidate) {
        int best = -1;
        float greatest = -1;
        for (int index = 0; index < classes.size(); index++) {
            float score = probability(candidate, SCORES + index);
            if (score > greatest && !classes.get(index).isEmpty()) {
                greatest = score;
                best = index;
            }
        }
        return best;
    }

    @Override
    public void box(int candidate, double[] into) {
        for (int side = 0; side < into.length; side++) {
            into[side] = tensor.f32((long) candidate * columns + side);
        }
    }

    @Override
    public float extra(int candidate, int which) {
        return tensor.f32((long) candidate * columns + SCORES + classes.size() + which);
    }
}
