package dev.firstpass.server.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class TagLayoutTest {
    private static final ImageSize PICTURE = new ImageSize(800, 600);
    private static final ImageSize TAG = new ImageSize(90, 20);

    @Test
    void beside_withRoom_isOnTopOfTheObject() {
        TagLayout layout = new TagLayout(PICTURE, List.of());

        assertEquals(new Rect(100, 80, 90, 20), layout.beside(new Rect(100, 100, 200, 50), TAG));
    }

    @Test
    void beside_atTheTopEdge_isInsideTheObject() {
        TagLayout layout = new TagLayout(PICTURE, List.of());

        assertEquals(new Rect(100, 0, 90, 20), layout.beside(new Rect(100, 0, 200, 300), TAG));
    }

    @Test
    void outside_amongLines_takesTheMargin() {
        List<Rect> lines = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            lines.add(new Rect(120, 20 + i * 25, 600, 22));
        }
        TagLayout layout = new TagLayout(PICTURE, lines);
        for (Rect line : lines) {
            assertEquals(30, layout.outside(line, TAG).x());
        }
    }

    @Property(tries = 200)
    void beside_ofAnyObjects_staysInThePicture(
            @ForAll @Size(max = 40) List<@DoubleRange(min = -500, max = 1200) Double> positions) {
        TagLayout layout = new TagLayout(PICTURE, List.of());
        for (double at : positions) {
            Rect place = layout.beside(new Rect(at, at / 2, 60, 40), TAG);
            assertTrue(place.x() >= 0 && place.right() <= 800, place::toString);
            assertTrue(place.y() >= 0 && place.bottom() <= 600, place::toString);
        }
    }

    @Test
    void beside_ofObjectsInOnePlace_hidesNoTag() {
        TagLayout layout = new TagLayout(PICTURE, List.of());
        List<Rect> tags = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            tags.add(layout.beside(new Rect(300 + i, 300, 150, 120), TAG));
        }
        for (int i = 0; i < tags.size(); i++) {
            for (int j = 0; j < i; j++) {
                assertEquals(0, tags.get(i).iou(tags.get(j)), tags.get(i) + " and " + tags.get(j));
            }
        }
    }

    @Test
    void beside_inPictureSmallerThanTheTag_isAtTheTopLeft() {
        TagLayout layout = new TagLayout(new ImageSize(10, 5), List.of());

        assertEquals(new Rect(0, 0, 90, 20), layout.beside(new Rect(3, 2, 4, 2), TAG));
    }
}
