package dev.firstpass.postprocess.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.geometry.ProbIou;
import dev.firstpass.postprocess.geometry.RotatedRect;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RotatedSuppressionTest {
    /// Run with `probiou` of Ultralytics.
    @Test
    void iou_knownPairs_isWhatTheLibraryGives() {
        double[] box = {10, 10, 20, 10, .3};
        assertEquals(.99955, iou(box, box), 1e-4);
        assertEquals(.70085, iou(new double[] {10, 10, 20, 10, 0}, new double[] {15, 10, 20, 10, 0}), 1e-4);
        assertEquals(.55279, iou(new double[] {10, 10, 20, 10, 0}, new double[] {10, 10, 20, 10, Math.PI / 2}), 1e-4);
    }

    /// The middle one goes because of the first; the last overlaps the middle one alone and goes too.
    @Test
    void add_boxThatGoesItself_suppressesAllTheSame() {
        RotatedSuppression suppression = new RotatedSuppression(.6);
        assertTrue(suppression.add(0, 10, 10, 20, 10, 0));
        assertFalse(suppression.add(0, 15, 10, 20, 10, 0));
        assertFalse(suppression.add(0, 20, 10, 20, 10, 0));
        assertTrue(suppression.add(1, 15, 10, 20, 10, 0));
    }

    /// Telling pairs apart by their distance must not change what stays.
    @Test
    void add_manyBoxes_keepsWhatPlainComparisonKeeps() {
        Random random = new Random(5);
        for (double iou : new double[] {0, .2, .45, .7, .95}) {
            RotatedSuppression suppression = new RotatedSuppression(iou);
            double[][] boxes = new double[300][];
            for (int i = 0; i < boxes.length; i++) {
                boxes[i] = new double[] {
                    100 * random.nextDouble(),
                    100 * random.nextDouble(),
                    1 + 40 * random.nextDouble(),
                    1 + 40 * random.nextDouble(),
                    7 * random.nextDouble()
                };
                boolean stays = true;
                for (int better = 0; better < i; better++) {
                    stays &= iou(boxes[better], boxes[i]) <= iou;
                }
                assertEquals(
                        stays, suppression.add(0, boxes[i][0], boxes[i][1], boxes[i][2], boxes[i][3], boxes[i][4]));
            }
        }
    }

    /// Of boxes as they are added.
    private static double iou(double[] first, double[] second) {
        return ProbIou.of(rect(first), rect(second));
    }

    private static RotatedRect rect(double[] box) {
        return new RotatedRect(box[0], box[1], box[2], box[3], Math.toDegrees(box[4]));
    }
}
