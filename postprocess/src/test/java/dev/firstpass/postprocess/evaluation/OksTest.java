package dev.firstpass.postprocess.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Of joints at the same places [CocoFiguresTest] tells what pycocotools says.
final class OksTest {
    private static final Rect BOX = new Rect(0, 0, 10, 10);

    @Test
    void joints_ofTheSameNames_arePartnersWhateverTheirPlaces() {
        List<Keypoint> label = List.of(joint("left eye", 1, 1), joint("Nose", 5, 5));
        List<Keypoint> found = List.of(joint("nose", 5, 5), joint("left_eye", 1, 1));

        assertEquals(1, Oks.of(found, label, BOX, 100));
    }

    @Test
    void joints_ofOtherNames_arePartnersByPlaceWhereThereAreAsMany() {
        List<Keypoint> label = List.of(joint("a", 1, 1), joint("b", 5, 5));

        assertEquals(1, Oks.of(List.of(joint("0", 1, 1), joint("1", 5, 5)), label, BOX, 100));
        assertEquals(0.5, Oks.of(List.of(joint("b", 5, 5)), label, BOX, 100), "of one is known where it is");
    }

    @Test
    void joint_thatIsApart_countsByTheFiguresSize() {
        List<Keypoint> label = List.of(joint("a", 1, 1), joint("b", 5, 5));
        List<Keypoint> found = List.of(joint("a", 1, 1), joint("b", 5, 8));

        // (2 * 1/2)^2 * 2 * area
        assertEquals((1 + Math.exp(-9.0 / 200)) / 2, Oks.of(found, label, BOX, 100), 1e-12);
        assertEquals((1 + Math.exp(-9.0 / 2000)) / 2, Oks.of(found, label, BOX, 1000), 1e-12);
    }

    @Test
    void joint_thatIsAbsent_isNotFoundAndNotAskedFor() {
        List<Keypoint> label = List.of(joint("a", 1, 1), absent("b"));

        assertEquals(1, Oks.of(List.of(joint("a", 1, 1), joint("b", 99, 99)), label, BOX, 100));
        assertEquals(0, Oks.of(List.of(absent("a"), joint("b", 1, 1)), label, BOX, 100));
    }

    @Test
    void labels_withoutJoints_areAsFarAsTheirBox() {
        List<Keypoint> inside = List.of(joint("a", -9, 19), joint("b", 3, 3));

        assertEquals(1, Oks.of(inside, List.of(), BOX, 100));
        assertEquals(
                Math.exp(-16.0 / 4 / 100 / 2),
                Oks.of(List.of(joint("a", 24, 5)), List.of(absent("a")), BOX, 100),
                1e-12);
    }

    private static Keypoint joint(String name, double x, double y) {
        return new Keypoint(name, new Point(x, y), Keypoint.Visibility.VISIBLE, 1);
    }

    private static Keypoint absent(String name) {
        return new Keypoint(name, new Point(0, 0), Keypoint.Visibility.ABSENT, 0);
    }
}
