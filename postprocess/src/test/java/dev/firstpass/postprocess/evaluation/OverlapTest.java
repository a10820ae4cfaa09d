package dev.firstpass.postprocess.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class OverlapTest {
    private static final Candidate THING = new Candidate(0, "thing", 0.5);
    private static final double CLOSE = 1e-6;

    @Test
    void outlines_ofDifferentKinds_areComparedByArea() {
        Annotation box = AgreementTest.box("a", 1, 0, 0, 10, 10);
        Annotation triangle = polygon(new Point(0, 0), new Point(10, 0), new Point(10, 10));
        Annotation turned = new Annotation.RotatedBox(THING, new RotatedRect(5, 5, 10, 10, 90));
        assertEquals(0.5, Overlap.of(box, triangle), CLOSE);
        assertEquals(1, Overlap.of(box, turned), CLOSE);
        assertEquals(0.5, Overlap.of(turned, triangle), CLOSE);
    }

    @Test
    void polygon_thatCrossesItself_isComparedAllTheSame() {
        Annotation bow = polygon(new Point(0, 0), new Point(10, 10), new Point(10, 0), new Point(0, 10));
        double overlap = Overlap.of(bow, AgreementTest.box("a", 1, 0, 0, 10, 10));
        assertEquals(0.25, overlap, 0.26);
    }

    @Test
    void lines_aBitApart_coverEachOtherInPart() {
        Annotation line = line(0);
        assertEquals(1, Overlap.of(line, line(0)), CLOSE);
        assertEquals(0, Overlap.of(line, line(100)), CLOSE);
        double near = Overlap.of(line, line(2));
        assertEquals(0.33, near, 0.05);
    }

    @Test
    void joints_areComparedByName() {
        Annotation figure = figure(0, Keypoint.Visibility.VISIBLE);
        assertEquals(1, Overlap.of(figure, figure(0, Keypoint.Visibility.OCCLUDED)), CLOSE);
        assertEquals(0.5, Overlap.of(figure, figure(0, Keypoint.Visibility.ABSENT)), CLOSE);
        assertEquals(0.5, Overlap.of(figure, figure(1000, Keypoint.Visibility.VISIBLE)), 0.2);
    }

    @Test
    void classifications_coverEachOther_andNothingElse() {
        Annotation whole = new Annotation.Classification(THING);
        assertEquals(1, Overlap.of(whole, whole));
        assertEquals(0, Overlap.of(whole, AgreementTest.box("a", 1, 0, 0, 1, 1)));
        assertEquals(0, Overlap.of(AgreementTest.box("a", 1, 0, 0, 1, 1), whole));
    }

    /// Against counting pixels.
    @Property(tries = 100)
    void masks_haveTheIouOfTheirPixels(@ForAll long seed) {
        Random random = new Random(seed);
        ImageSize size = new ImageSize(1 + random.nextInt(40), 1 + random.nextInt(40));
        BitMask first = mask(size, random);
        BitMask second = mask(size, random);
        long both = 0;
        long either = 0;
        for (int y = 0; y < size.height(); y++) {
            for (int x = 0; x < size.width(); x++) {
                both += first.get(x, y) && second.get(x, y) ? 1 : 0;
                either += first.get(x, y) || second.get(x, y) ? 1 : 0;
            }
        }
        Annotation a = new Annotation.Mask(THING, RunLengths.of(first));
        Annotation b = new Annotation.Mask(THING, RunLengths.of(second));
        assertEquals((double) both / either, Overlap.of(a, b), CLOSE);
        assertEquals(Overlap.of(a, b), Overlap.of(b, a), CLOSE);
    }

    private static BitMask mask(ImageSize size, Random random) {
        BitMask mask = new BitMask(size);
        mask.set(random.nextInt(size.width()), random.nextInt(size.height()));
        for (int i = random.nextInt(10); i > 0; i--) {
            int from = random.nextInt(size.width());
            mask.setRun(random.nextInt(size.height()), from, from + random.nextInt(20));
        }
        return mask;
    }

    private static Annotation line(double y) {
        return new Annotation.Polyline(THING, List.of(new Point(0, y), new Point(200, y)));
    }

    private static Annotation figure(double x, Keypoint.Visibility second) {
        return new Annotation.Keypoints(
                THING,
                List.of(
                        new Keypoint("nose", new Point(10, 10), Keypoint.Visibility.VISIBLE, 1),
                        new Keypoint("tail", new Point(60 + x, 60), second, 1)));
    }

    private static Annotation polygon(Point... corners) {
        return new Annotation.Polygon(THING, List.of(new PolygonPart(new Ring(List.of(corners)), List.of())));
    }
}
