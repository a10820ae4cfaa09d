package dev.firstpass.postprocess.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MinimumSizeTest {
    private static final Candidate DOG = new Candidate(0, "dog", 0.5);

    /// Which sides and areas a finding is large enough for: that one, and not a little more.
    private static void assertMeasures(double side, double area, Annotation annotation) {
        assertEquals(true, new MinimumSize(side, area).isMetBy(annotation));
        assertEquals(false, new MinimumSize(side + 0.01, 0).isMetBy(annotation));
        assertEquals(false, new MinimumSize(0, area + 0.01).isMetBy(annotation));
    }

    private static void assertAlwaysMet(Annotation annotation) {
        assertEquals(true, new MinimumSize(MinimumSize.MOST_SIDE, MinimumSize.MOST_AREA).isMetBy(annotation));
    }

    @Test
    void boxes_areMeasuredByTheirOwnSides() {
        assertMeasures(3, 21, new Annotation.Box(DOG, new Rect(1, 2, 7, 3)));
        assertMeasures(3, 21, new Annotation.RotatedBox(DOG, new RotatedRect(20, 20, 7, 3, 45)));
    }

    @Test
    void outlines_areMeasuredByTheirBoundsAndTheirOwnArea() {
        Ring outer = new Ring(List.of(new Point(0, 0), new Point(10, 0), new Point(10, 8), new Point(0, 8)));
        Ring hole = new Ring(List.of(new Point(2, 2), new Point(2, 4), new Point(4, 4), new Point(4, 2)));
        assertMeasures(8, 76, new Annotation.Polygon(DOG, List.of(new PolygonPart(outer, List.of(hole)))));
        BitMask mask = new BitMask(new ImageSize(20, 10));
        mask.setRun(1, 2, 6);
        mask.setRun(2, 2, 3);
        assertMeasures(2, 5, new Annotation.Mask(DOG, RunLengths.of(mask)));
    }

    @Test
    void linesAndJoints_areMeasuredByTheirLength_andHaveNoArea() {
        Annotation line = new Annotation.Polyline(DOG, List.of(new Point(0, 5), new Point(9, 5)));
        assertEquals(true, new MinimumSize(9, 1000).isMetBy(line));
        assertEquals(false, new MinimumSize(9.01, 0).isMetBy(line));
        Annotation upright = new Annotation.Keypoints(
                DOG,
                List.of(
                        new Keypoint("head", new Point(4, 0), Keypoint.Visibility.VISIBLE, 0.9),
                        new Keypoint("foot", new Point(4, 12), Keypoint.Visibility.VISIBLE, 0.9)));
        assertEquals(true, new MinimumSize(12, 1000).isMetBy(upright));
        assertEquals(false, new MinimumSize(12.01, 0).isMetBy(upright));
    }

    @Test
    void whatHasNoSize_meetsEveryRule() {
        assertAlwaysMet(new Annotation.Classification(DOG));
        assertAlwaysMet(new Annotation.Keypoints(DOG, List.of()));
    }

    @Test
    void nonsense_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> new MinimumSize(-1, 0));
        assertThrows(IllegalArgumentException.class, () -> new MinimumSize(0, Double.NaN));
    }
}
