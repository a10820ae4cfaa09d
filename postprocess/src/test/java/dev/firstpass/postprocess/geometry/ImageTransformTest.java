package dev.firstpass.postprocess.geometry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ImageTransformTest {
    private static final ImageSize SQUARE = new ImageSize(640, 640);

    /// The vectors come from a run of Ultralytics' arithmetic.
    @ParameterizedTest
    @CsvSource({
        "1920, 1080, 640, 360, 0, 140, 0, 140",
        "810, 1080, 480, 640, 80, 0, 80, 0",
        "333, 777, 274, 640, 183, 0, 183, 0",
        "100, 37, 640, 237, 0, 201, 0, 202"
    })
    void letterbox_ofKnownSizes_isAsUltralyticsPlacesThem(
            int width, int height, int newWidth, int newHeight, int left, int top, int right, int bottom) {
        ImageSize asset = new ImageSize(width, height);
        Rect place = ImageTransform.letterbox(asset, SQUARE).toInput(new Rect(0, 0, width, height));
        assertSame(new Rect(left, top, newWidth, newHeight), place, 1e-9);
        assertEquals(right, 640 - place.right(), 1e-9);
        assertEquals(bottom, 640 - place.bottom(), 1e-9);
    }

    @Test
    void letterboxTopLeft_truncatesSides() {
        Rect place =
                ImageTransform.letterboxTopLeft(new ImageSize(100, 37), SQUARE).toInput(new Rect(0, 0, 100, 37));
        assertSame(new Rect(0, 0, 640, 236), place, 1e-9);
    }

    @Test
    void stretch_fillsTheInput() {
        Rect place = ImageTransform.stretch(new ImageSize(100, 37), SQUARE).toInput(new Rect(0, 0, 100, 37));
        assertSame(new Rect(0, 0, 640, 640), place, 1e-9);
    }

    /// How TIFF says it (tag 274): where the stored image's first row and first column are in the upright one. Stored is
    /// a letter F: its stem on the left, its bars above.
    @ParameterizedTest
    @CsvSource({
        "1, 111/100/110/100",
        "2, 111/001/011/001",
        "3, 001/011/001/111",
        "4, 100/110/100/111",
        "5, 1111/1010/1000",
        "6, 1111/0101/0001",
        "7, 0001/0101/1111",
        "8, 1000/1010/1111"
    })
    void upright_ofEachOrientation_turnsTheStoredPixels(int tag, String upright) {
        BitMask stored = Masks.of("111", "100", "110", "100");
        ImageTransform transform = ImageTransform.upright(Orientation.ofTag(tag), stored.size());
        assertEquals(List.of(upright.split("/")), Masks.picture(transform.toInput(stored)));
        assertEquals(Masks.picture(stored), Masks.picture(transform.toAsset(transform.toInput(stored))));
        assertEquals(tag >= 5 ? new ImageSize(4, 3) : new ImageSize(3, 4), transform.input());
    }

    @Test
    void tile_isTheAssetMovedAndCutOff() {
        BitMask asset = Masks.of("10010", "01100", "00001");
        ImageTransform tile = ImageTransform.tile(asset.size(), new Rect(2, 1, 4, 2));
        assertEquals(List.of("1000", "0010"), Masks.picture(tile.toInput(asset)));
        assertEquals(new Point(0, 0), tile.toInput(new Point(2, 1)));
        assertEquals(List.of("00000", "00100", "00001"), Masks.picture(tile.toAsset(tile.toInput(asset))));
    }

    @Test
    void rotatedCrop_putsItsCornersOnTheInputs() {
        RotatedRect area = new RotatedRect(50, 40, 30, 20, 25);
        ImageTransform crop = ImageTransform.rotatedCrop(new ImageSize(100, 80), area, new ImageSize(60, 40));
        List<Point> corners = area.corners().stream().map(crop::toInput).toList();
        List<Point> expected = new Rect(0, 0, 60, 40).corners();
        for (int i = 0; i < 4; i++) {
            assertNear(expected.get(i), corners.get(i), 1e-9);
        }
        RotatedRect within = crop.toInput(area);
        assertEquals(0, within.angle(), 1e-9);
        assertEquals(60, within.width(), 1e-9);
    }

    @Test
    void crop_fillsTheInput() {
        ImageTransform crop = ImageTransform.crop(new ImageSize(100, 80), new Rect(10, 20, 40, 20), SQUARE);
        assertSame(new Rect(0, 0, 640, 640), crop.toInput(new Rect(10, 20, 40, 20)), 1e-9);
    }

    @Test
    void rotatedRect_underUnequalScales_isTheLeastAround() {
        ImageTransform stretch = ImageTransform.scaling(SQUARE, SQUARE, 2, 1, 0, 0);
        RotatedRect slanted = new RotatedRect(100, 100, 40, 20, 30);
        RotatedRect around = stretch.toInput(slanted);
        assertTrue(around.width() * around.height() > 2 * 40 * 20);
        RotatedRect upright = stretch.toInput(new RotatedRect(100, 100, 40, 20, 0));
        assertEquals(80, upright.width(), 1e-9);
        assertEquals(20, upright.height(), 1e-9);
    }

    @Test
    void polygons_mirrored_stillRunClockwise() {
        List<PolygonPart> parts = Contours.of(Masks.of("111", "101", "110"));
        List<PolygonPart> mirrored =
                ImageTransform.mirrored(new ImageSize(3, 3)).toInput(parts);
        assertTrue(mirrored.getFirst().outer().signedArea() > 0);
        assertTrue(mirrored.getFirst().holes().getFirst().signedArea() < 0);
        assertEquals(List.of("111", "101", "011"), Masks.picture(Rasterizer.rasterize(mirrored, new ImageSize(3, 3))));
    }

    @Test
    void transforms_thatCannotBe_areRefused() {
        ImageTransform one = ImageTransform.identity(SQUARE);
        ImageTransform other = ImageTransform.identity(new ImageSize(2, 2));
        assertThrows(IllegalArgumentException.class, () -> one.andThen(other));
        assertThrows(IllegalArgumentException.class, () -> ImageTransform.scaling(SQUARE, SQUARE, 0, 1, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> ImageTransform.scaling(SQUARE, SQUARE, 1, 1, Double.NaN, 0));
        assertThrows(IllegalArgumentException.class, () -> one.toInput(new BitMask(new ImageSize(2, 2))));
    }

    /// Flips, turns, tiles, letterboxes, crops and any two of them after each other.
    @Property(edgeCases = EdgeCasesMode.NONE)
    void anyTransform_andBack_isWhereItWas(@ForAll long seed) {
        Random random = new Random(seed);
        ImageSize asset = new ImageSize(1 + random.nextInt(60), 1 + random.nextInt(60));
        ImageTransform transform = chained(asset, random);
        ImageTransform back = transform.inverse();
        assertEquals(asset, back.input());
        for (int i = 0; i < 5; i++) {
            Point point = new Point(random.nextDouble() * 60, random.nextDouble() * 60);
            assertNear(point, transform.toAsset(transform.toInput(point)), 1e-8);
            assertNear(point, back.toInput(transform.toInput(point)), 1e-8);
            assertNear(point, transform.andThen(back).toInput(point), 1e-8);
        }
        List<PolygonPart> parts = List.of(new PolygonPart(
                new Ring(IntStream.range(0, 5)
                        .mapToObj(i -> new Point(random.nextInt(60), random.nextInt(60)))
                        .toList()),
                List.of()));
        List<PolygonPart> again = transform.toAsset(transform.toInput(parts));
        for (int i = 0; i < 5; i++) {
            assertNear(
                    parts.getFirst().outer().points().get(i),
                    again.getFirst().outer().points().get(i),
                    1e-8);
        }
    }

    /// Two after each other are the one made of them.
    @Property(edgeCases = EdgeCasesMode.NONE)
    void andThen_isOneAfterTheOther(@ForAll long seed) {
        Random random = new Random(seed);
        ImageTransform first = any(new ImageSize(30, 20), random);
        ImageTransform second = any(first.input(), random);
        Point point = new Point(random.nextDouble() * 30, random.nextDouble() * 20);
        assertNear(second.toInput(first.toInput(point)), first.andThen(second).toInput(point), 1e-9);
        ImageTransform back = second.inverse().andThen(first.inverse());
        assertNear(first.andThen(second).toAsset(point), back.toInput(point), 1e-8);
    }

    /// Boxes come back where axes stay along each other; rotated boxes where both are scaled alike.
    @Property(edgeCases = EdgeCasesMode.NONE)
    void boxes_andBack_areWhereTheyWere(@ForAll long seed) {
        Random random = new Random(seed);
        ImageSize asset = new ImageSize(1 + random.nextInt(60), 1 + random.nextInt(60));
        Rect box = new Rect(random.nextInt(30), random.nextInt(30), 1 + random.nextInt(20), 1 + random.nextInt(20));
        ImageTransform axes = alongAxes(asset, random);
        assertSame(box, axes.toAsset(axes.toInput(box)), 1e-9);
        ImageTransform alike = ImageTransform.upright(orientation(random), asset);
        ImageTransform enlarged = alike.andThen(ImageTransform.scaling(alike.input(), SQUARE, 2.5, 2.5, 3, -4));
        RotatedRect turned =
                new RotatedRect(box.x(), box.y(), box.width(), box.height(), 360 * random.nextDouble() - 180);
        RotatedRect again = enlarged.toAsset(enlarged.toInput(turned));
        assertEquals(turned.width(), again.width(), 1e-9);
        assertEquals(turned.height(), again.height(), 1e-9);
        for (int i = 0; i < 4; i++) {
            assertNear(turned.corners().get(i), again.corners().get(i), 1e-8);
        }
    }

    /// Masks come back whole from flips, turns, tiles around the asset and letterboxes that do not make them smaller.
    @Property(edgeCases = EdgeCasesMode.NONE)
    void masks_andBack_areTheSame(@ForAll long seed) {
        Random random = new Random(seed);
        ImageSize asset = new ImageSize(1 + random.nextInt(40), 1 + random.nextInt(40));
        BitMask mask = Masks.noise(asset, seed, 50);
        ImageTransform turned = ImageTransform.upright(orientation(random), asset);
        ImageTransform around =
                ImageTransform.tile(turned.input(), new Rect(-random.nextInt(5), -random.nextInt(5), 50, 50));
        ImageTransform boxed = turned.andThen(around)
                .andThen(ImageTransform.letterbox(around.input(), new ImageSize(50 + random.nextInt(80), 70)));
        assertEquals(Masks.picture(mask), Masks.picture(boxed.toAsset(boxed.toInput(mask))));
        // Moving the pixels and moving their outline are the same.
        ImageTransform moved = turned.andThen(around);
        List<PolygonPart> outline = moved.toInput(Contours.of(mask));
        assertEquals(Masks.picture(moved.toInput(mask)), Masks.picture(Rasterizer.rasterize(outline, moved.input())));
    }

    private static ImageTransform chained(ImageSize asset, Random random) {
        ImageTransform first = any(asset, random);
        return random.nextBoolean() ? first : first.andThen(any(first.input(), random));
    }

    private static ImageTransform any(ImageSize asset, Random random) {
        if (random.nextInt(3) > 0) {
            return alongAxes(asset, random);
        }
        RotatedRect area = new RotatedRect(
                random.nextInt(40),
                random.nextInt(40),
                5 + random.nextInt(30),
                5 + random.nextInt(30),
                720 * random.nextDouble() - 360);
        return ImageTransform.rotatedCrop(asset, area, new ImageSize(8 + random.nextInt(40), 48));
    }

    private static ImageTransform alongAxes(ImageSize asset, Random random) {
        ImageSize input = new ImageSize(1 + random.nextInt(90), 1 + random.nextInt(90));
        Rect area = new Rect(random.nextInt(40) - 10, random.nextInt(40) - 10, 1 + random.nextInt(40), 30);
        return switch (random.nextInt(6)) {
            case 0 -> ImageTransform.letterbox(asset, input);
            case 1 -> ImageTransform.letterboxTopLeft(asset, input);
            case 2 -> ImageTransform.stretch(asset, input);
            case 3 -> ImageTransform.tile(asset, area);
            case 4 -> ImageTransform.crop(asset, area, input);
            default -> ImageTransform.upright(orientation(random), asset);
        };
    }

    private static Orientation orientation(Random random) {
        return Orientation.ofTag(1 + random.nextInt(8));
    }

    private static void assertSame(Rect expected, Rect actual, double within) {
        assertEquals(expected.x(), actual.x(), within);
        assertEquals(expected.y(), actual.y(), within);
        assertEquals(expected.width(), actual.width(), within);
        assertEquals(expected.height(), actual.height(), within);
    }

    private static void assertNear(Point expected, Point actual, double within) {
        assertEquals(expected.x(), actual.x(), within);
        assertEquals(expected.y(), actual.y(), within);
    }
}
