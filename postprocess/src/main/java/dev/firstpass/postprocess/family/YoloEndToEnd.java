package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.tensor.Tensor;
import java.util.List;

/// Rows of detections that the model itself has thinned out: box, score, class, extras in [1, detections, 6 + extras], or
/// the number of the image, box, class, score in [detections, 7] (YOLOv7). Rows beyond the last detection are 0.
final class YoloEndToEnd implements YoloCandidates {
    private static final int EXTRAS = 6;

    private final Tensor tensor;
    private final List<String> classes;
    private final boolean numbered;
    private final boolean centred;
    private final int rows;
    private final int columns;

    /// @param numbered whether rows begin with the image's number
    /// @param centred whether a box is centre, width and height rather than two corners
    YoloEndToEnd(Tensor tensor, List<String> classes, boolean numbered, boolean centred) {
        this.tensor = tensor;
        this.classes = classes;
        this.numbered = numbered;
        this.centred = centred;
        this.rows = Math.toIntExact(tensor.shape().extent(-2));
        this.columns = Math.toIntExact(tensor.shape().extent(-1));
    }

    @Override
    public int count() {
        return rows;
    }

    @Override
    public void from(float floor, Outputs.Taker taker) {
        new BitScan().requireFinite(tensor, 0, tensor.elements());
        for (int row = 0; row < rows; row++) {
            int scoreColumn = numbered ? 6 : 4;
            float score = Outputs.probability(tensor, at(row, scoreColumn), value(row, scoreColumn));
            // No detection has a score of 0: it is what a row is filled up with.
            if (score >= floor && score > 0 && !classes.get(classOf(row)).isEmpty()) {
                taker.take(row, score);
            }
        }
    }

    @Override
    public int classOf(int candidate) {
        float said = value(candidate, 5);
        if (said != Math.rint(said) || said < 0 || said >= classes.size()) {
            throw Outputs.invalid(tensor, at(candidate, 5), said, "a class from 0 to " + (classes.size() - 1));
        }
        return (int) said;
    }

    @Override
    public void box(int candidate, double[] into) {
        int first = numbered ? 1 : 0;
        for (int side = 0; side < into.length; side++) {
            into[side] = value(candidate, first + side);
        }
        if (!centred) {
            YoloCandidates.centred(into[0], into[1], into[2], into[3], into);
        }
    }

    @Override
    public float extra(int candidate, int which) {
        return value(candidate, EXTRAS + which);
    }

    private float value(int row, int column) {
        return tensor.f32(at(row, column));
    }

    private long at(int row, int column) {
        return (long) row * columns + column;
    }
}
