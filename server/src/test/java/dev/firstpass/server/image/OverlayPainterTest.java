package dev.firstpass.server.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Annotation.Box;
import dev.firstpass.postprocess.annotation.Annotation.Classification;
import dev.firstpass.postprocess.annotation.Annotation.Keypoints;
import dev.firstpass.postprocess.annotation.Annotation.Mask;
import dev.firstpass.postprocess.annotation.Annotation.Polygon;
import dev.firstpass.postprocess.annotation.Annotation.Polyline;
import dev.firstpass.postprocess.annotation.Annotation.RotatedBox;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class OverlayPainterTest {
    /// As large as the smallest picture, so that picture and asset pixels are the same.
    private static final int WIDTH = 800;

    private static final int HEIGHT = 500;
    private static final int GRAY = 90;

    private final ImageDecoder decoder = new ImageDecoder(ImageLimits.DEFAULT);
    private final byte[] image = TestImages.png(WIDTH, HEIGHT, 8, 2, (_, _, _) -> GRAY);

    private void paint(List<Annotation> annotations, Consumer<Raster> check) {
        try (Raster raster = decoder.decode(image);
                Raster painted = decoder.decode(new OverlayPainter().paint(raster, annotations))) {
            check.accept(painted);
        }
    }

    private static Candidate candidate(String label) {
        return new Candidate(0, label, 0.5);
    }

    private static Ring square(double from, double to) {
        return new Ring(List.of(new Point(from, from), new Point(to, from), new Point(to, to), new Point(from, to)));
    }

    private static void assertInk(Ink ink, Raster picture, int x, int y) {
        assertArrayEquals(
                new int[] {ink.red(), ink.green(), ink.blue()},
                new int[] {picture.sample(x, y, 0), picture.sample(x, y, 1), picture.sample(x, y, 2)},
                "at " + x + "," + y);
    }

    private static Ink inkOf(String label) {
        Map<String, Ink> inks = new TreeMap<>(Ink.of(new TreeSet<>(List.of(label))));
        return inks.getOrDefault(label, Ink.WHITE);
    }

    @Test
    void paint_ofNothing_isTheImage() {
        paint(List.of(), picture -> {
            assertEquals(new ImageSize(WIDTH, HEIGHT), picture.size());
            assertInk(new Ink(GRAY, GRAY, GRAY), picture, 400, 250);
        });
    }

    @Test
    void paint_ofBox_drawsItsEdgesAndLeavesTheInside() {
        Box box = new Box(candidate("dog"), new Rect(200, 150, 300, 200));
        paint(List.of(box), picture -> {
            assertInk(inkOf("dog"), picture, 199, 300);
            assertInk(inkOf("dog"), picture, 350, 349);
            assertInk(inkOf("dog"), picture, 500, 300);
            assertInk(new Ink(GRAY, GRAY, GRAY), picture, 350, 250);
            assertInk(new Ink(GRAY, GRAY, GRAY), picture, 190, 300);
        });
    }

    @Test
    void paint_ofPolygonWithHole_tintsAllButTheHole() {
        Polygon polygon =
                new Polygon(candidate("ring"), List.of(new PolygonPart(square(100, 400), List.of(square(200, 300)))));
        paint(List.of(polygon), picture -> {
            assertNotEquals(GRAY, picture.sample(150, 250, 2));
            assertInk(new Ink(GRAY, GRAY, GRAY), picture, 250, 250);
            assertInk(new Ink(GRAY, GRAY, GRAY), picture, 450, 250);
        });
    }

    @Test
    void paint_ofMask_tintsItsPixels() {
        // Columns 300..499, rows 100..299.
        List<Integer> counts = new ArrayList<>(List.of(300 * HEIGHT + 100));
        for (int column = 300; column < 500; column++) {
            counts.add(200);
            counts.add(column == 499 ? 300 * HEIGHT + 200 : 300);
        }
        int[] runs = counts.stream().mapToInt(Integer::intValue).toArray();
        Mask mask = new Mask(candidate("salient"), new RunLengths(new ImageSize(WIDTH, HEIGHT), runs));
        paint(List.of(mask), picture -> {
            assertNotEquals(GRAY, picture.sample(400, 200, 0));
            assertInk(inkOf("salient"), picture, 300, 200);
            assertInk(new Ink(GRAY, GRAY, GRAY), picture, 290, 200);
            assertInk(new Ink(GRAY, GRAY, GRAY), picture, 400, 310);
        });
    }

    @Test
    void paint_ofEachOtherKind_leavesAMark() {
        RotatedBox rotated = new RotatedBox(candidate("a"), new RotatedRect(400, 250, 200, 100, 90));
        Polyline line = new Polyline(candidate("a"), List.of(new Point(100, 250), new Point(300, 250)));
        Keypoints points = new Keypoints(
                candidate("a"),
                List.of(
                        new Keypoint("seen", new Point(600, 200), Keypoint.Visibility.VISIBLE, 1),
                        new Keypoint("absent", new Point(700, 400), Keypoint.Visibility.ABSENT, 0)));
        paint(List.of(rotated, line, points), picture -> {
            assertInk(inkOf("a"), picture, 350, 250);
            assertInk(inkOf("a"), picture, 200, 250);
            assertInk(inkOf("a"), picture, 600, 200);
            assertInk(new Ink(GRAY, GRAY, GRAY), picture, 700, 400);
        });
    }

    @Test
    void paint_ofClassification_putsATagIntoACorner() {
        paint(List.of(new Classification(candidate("cat"))), picture -> assertInk(inkOf("cat"), picture, 3, 3));
    }

    @Test
    void paint_ofWhatLiesFarOutside_stillGivesAPicture() {
        Box box = new Box(candidate("far"), new Rect(-1e12, -1e12, 2e12, 2e12));
        Polyline line = new Polyline(candidate("far"), List.of(new Point(1e9, 1e9), new Point(-1e9, 3)));
        paint(List.of(box, line), picture -> assertEquals(new ImageSize(WIDTH, HEIGHT), picture.size()));
    }

    @Test
    void paint_ofHundreds_givesAPicture() {
        List<Annotation> many = IntStream.range(0, 400)
                .<Annotation>mapToObj(
                        i -> new Box(candidate("label " + i % 20), new Rect(i % 40 * 20.0, i % 25 * 20.0, 30, 25)))
                .toList();
        paint(many, picture -> assertEquals(new ImageSize(WIDTH, HEIGHT), picture.size()));
    }

    @Test
    void paint_ofSmallAndLargeImages_keepsThePictureInBounds() {
        for (int side : new int[] {1, 97, 2500}) {
            try (Raster raster = decoder.decode(TestImages.png(side, 1 + side / 2, 8, 0, (_, _, _) -> 9));
                    Raster picture = decoder.decode(new OverlayPainter(1000)
                            .paint(raster, List.of(new Box(candidate("x"), new Rect(0, 0, side, 1)))))) {
                int longest = Math.max(picture.size().width(), picture.size().height());
                assertTrue(longest >= 800 && longest <= 1000, () -> "picture: " + picture.size());
            }
        }
    }

    @Test
    void paintForPage_isAJpegThatLooksTheSame() {
        List<Annotation> box = List.of(new Box(candidate("dog"), new Rect(100, 100, 300, 200)));
        try (Raster raster = decoder.decode(image)) {
            byte[] jpeg = new OverlayPainter().paintForPage(raster, box);
            assertEquals("FFD8", "%02X%02X".formatted(jpeg[0], jpeg[1]));
            try (Raster lossy = decoder.decode(jpeg);
                    Raster exact = decoder.decode(new OverlayPainter().paint(raster, box))) {
                assertEquals(exact.size(), lossy.size());
                for (int x = 95; x < 410; x++) {
                    for (int channel = 0; channel < 3; channel++) {
                        assertEquals(exact.sample(x, 200, channel), lossy.sample(x, 200, channel), 32, "at " + x);
                    }
                }
            }
        }
    }

    @Test
    void text_ofOtherScripts_showsThatSomethingIsMissing() {
        assertEquals(
                "Caf? ??? 0.87", OverlayPainter.text(new Candidate(0, "Caf\u00e9 \u65e5\u672c\ud83d\udc36", 0.874)));
    }

    @Test
    void text_ofLongLabel_isShortened() {
        assertEquals("a".repeat(30) + ".. 0.50", OverlayPainter.text(new Candidate(0, "a".repeat(90), 0.5)));
        assertEquals("dog", OverlayPainter.text(new Candidate(0, "dog", 1)));
    }

    @Test
    void thumbnail_isScaledDownAndNeverUp() {
        try (Raster raster = decoder.decode(image);
                Raster small = decoder.decode(ImageEncoder.thumbnail(raster, 160, 85));
                Raster same = decoder.decode(ImageEncoder.thumbnail(raster, 5000, 85))) {
            assertEquals(new ImageSize(160, 100), small.size());
            assertEquals(new ImageSize(WIDTH, HEIGHT), same.size());
            assertEquals(GRAY, small.sample(80, 50, 1), 2);
        }
    }

    @Test
    void png_ofSixteenBits_isRoundedTo8() {
        try (Raster raster = decoder.decode(TestImages.png(3, 1, 16, 2, (x, _, _) -> 128 + 257 * x));
                Raster picture = decoder.decode(ImageEncoder.png(raster))) {
            assertEquals(8, picture.bitsPerSample());
            assertEquals(0, picture.sample(0, 0, 0));
            assertEquals(2, picture.sample(2, 0, 2));
        }
    }
}
