package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// [1, 4 + classes + extras, anchors]: a plane for each number of an anchor, so the scores of a class lie one after
/// another, and class after class is looked through. The best class of an anchor counts, the first of equal ones.
final class YoloColumns implements YoloCandidates {
    private static final int BOX = 4;

    private final Tensor tensor;
    private final List<String> classes;
    private final int anchors;
    private final int[] best;

    YoloColumns(Tensor tensor, List<String> classes) {
        this.tensor = tensor;
        this.classes = classes;
        this.anchors = Math.toIntExact(tensor.shape().extent(2));
        this.best = new int[anchors];
    }

    @Override
    public int count() {
        return anchors;
    }

    @Override
    public void from(float floor, Outputs.Taker taker) {
        BitScan scan = new BitScan();
        long scoresEnd = (long) (BOX + classes.size()) * anchors;
        scan.requireFinite(tensor, 0, (long) BOX * anchors);
        scan.requireFinite(tensor, scoresEnd, tensor.elements() - scoresEnd);
        float[] scores = new float[anchors];
        Arrays.fill(scores, -1);
        for (int index = 0; index < classes.size(); index++) {
            int of = index;
            boolean named = !classes.get(index).isEmpty();
            scan.probabilitiesFrom(floor, tensor, (long) (BOX + index) * anchors, anchors, (anchor, score) -> {
                if (named && score > scores[anchor]) {
                    scores[anchor] = score;
                    best[anchor] = of;
                }
            });
        }
        for (int anchor = 0; anchor < anchors; anchor++) {
            if (scores[anchor] >= floor) {
                taker.take(anchor, scores[anchor]);
            }
        }
    }

    @Override
    public int classOf(int candidate) {
        return best[candidate];
    }

    @Override
    public void box(int candidate, double[] into) {
        for (int side = 0; side < BOX; side++) {
            into[side] = tensor.f32((long) side * anchors + candidate);
        }
    }

    @Override
    public float extra(int candidate, int which) {
        return tensor.f32((long) (BOX + classes.size() + which) * anchors + candidate);
    }
}
