package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.geometry.ProbIou;
import java.util.Arrays;

/// Fast non-maximum suppression of rotated boxes as Ultralytics does it: overlap is that of [ProbIou], which compares boxes as
/// normal distributions, and a box goes where any better one of its group overlaps it by more than is allowed, also one that
/// goes itself.
///
/// What stays is what `Nms.keepRotatedFast` keeps, without an object for each box. Boxes are added best first. Cost: pairs of
/// one group, most of them told apart by their distance alone.
///
/// Mutable, for one thread.
final class RotatedSuppression {
    private static final double EPSILON = 1e-7;
    private static final int FIELDS = 6;

    private final double iou;

    /// The Bhattacharyya distance from which on the overlap is no more than allowed, with room for rounding.
    private final double near;

    /// Of each box that was added: centre, the covariance's three numbers, and its greater variance.
    private double[] boxes = new double[64 * FIELDS];
    private int[] groups = new int[64];
    private int size;

    /// @param iou most overlap allowed
    RotatedSuppression(double iou) {
        this.iou = iou;
        double hellinger = 1 - iou;
        double rest = 1 - hellinger * hellinger;
        this.near = rest <= 0 ? Double.POSITIVE_INFINITY : 1.01 * -Math.log(rest) + 1e-3;
    }

    /// Adds a box and says whether it stays. Lengths in any unit, the same for all.
    ///
    /// @param angle in radians
    boolean add(int group, double cx, double cy, double width, double height, double angle) {
        if (size == groups.length) {
            groups = Arrays.copyOf(groups, 2 * size);
            boxes = Arrays.copyOf(boxes, 2 * size * FIELDS);
        }
        double a = width * width / 12;
        double b = height * height / 12;
        double cos = Math.cos(angle);
        double sin = Math.sin(angle);
        int at = size * FIELDS;
        boxes[at] = cx;
        boxes[at + 1] = cy;
        boxes[at + 2] = a * cos * cos + b * sin * sin;
        boxes[at + 3] = a * sin * sin + b * cos * cos;
        boxes[at + 4] = (a - b) * cos * sin;
        boxes[at + 5] = Math.max(a, b);
        groups[size] = group;
        boolean stays = true;
        for (int better = 0; better < size && stays; better++) {
            stays = groups[better] != group || isFar(better * FIELDS, at) || iou(boxes, better * FIELDS, at) <= iou;
        }
        size++;
        return stays;
    }

    /// Whether the centres alone are too far apart: the distance's first part is at least d^2 / 4 / the greatest variance
    /// of the sum, and no part is less than 0.
    private boolean isFar(int one, int other) {
        double dx = boxes[one] - boxes[other];
        double dy = boxes[one + 1] - boxes[other + 1];
        double variance = boxes[one + 5] + boxes[other + 5] + EPSILON;
        return dx * dx + dy * dy > 4 * near * variance;
    }

    private static double iou(double[] boxes, int one, int other) {
        return ProbIou.ofNormals(
                boxes[one + 2],
                boxes[one + 3],
                boxes[one + 4],
                boxes[other + 2],
                boxes[other + 3],
                boxes[other + 4],
                boxes[other] - boxes[one],
                boxes[one + 1] - boxes[other + 1]);
    }
}
