package dev.firstpass.server.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Placement;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.InputSpec.Resize;
import dev.firstpass.postprocess.spec.InputSpec.Sampling;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.tensor.ElementType;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ReducedDecodeTest {
    private final ImageDecoder decoder = new ImageDecoder(ImageLimits.DEFAULT);
    private final PixelBuffers buffers = new PixelBuffers();

    @AfterEach
    void close() {
        buffers.close();
    }

    private static InputSpec spec(int width, int height, Resize resize, boolean reduced) {
        return new InputSpec(
                "x",
                new SizeRule.Fixed(new ImageSize(width, height)),
                resize,
                Sampling.HALF_PIXEL,
                114,
                InputSpec.ColorOrder.RGB,
                InputSpec.Layout.NCHW,
                ElementType.FLOAT32,
                1,
                List.of(0.0, 0.0, 0.0),
                List.of(1.0, 1.0, 1.0),
                InputSpec.Range.FULL,
                reduced,
                /* crop= */ 1);
    }

    /// A smooth picture: what is left out of it is nothing but what its coding adds.
    private static byte[] jpeg(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, ((200 * x / width) << 16) | ((200 * y / height) << 8) | 50);
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            assertTrue(ImageIO.write(image, "jpg", bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @CsvSource({"1, 97, 65", "2, 49, 33", "4, 25, 17", "8, 13, 9"})
    void decode_ofJpeg_hasThatPartOfThePixels(int divisor, int width, int height) {
        for (String name : List.of("baseline.jpg", "progressive.jpg", "gray.jpg", "cmyk.jpg")) {
            try (Raster raster = decoder.decode(TestImages.file(name), _ -> divisor, buffers)) {
                assertEquals(new ImageSize(97, 65), raster.size());
                assertEquals(width, raster.mat().cols());
                assertEquals(height, raster.mat().rows());
                assertEquals(divisor > 1, raster.isReduced());
                assertEquals(name.startsWith("gray") ? 1 : 3, raster.bands());
            }
        }
    }

    @Test
    void decode_ofOtherFormats_isFull() {
        for (String name : List.of("base.png", "lossy.webp", "plain.bmp", "lzw.tif", "jpeg.tif")) {
            try (Raster raster = decoder.decode(TestImages.file(name), _ -> 8, buffers)) {
                assertFalse(raster.isReduced(), name);
            }
        }
    }

    @Test
    void decode_byAnotherNumber_isRefused() {
        byte[] jpeg = TestImages.file("baseline.jpg");

        assertThrows(IllegalArgumentException.class, () -> decoder.decode(jpeg, _ -> 3, buffers));
    }

    /// The reduction is chosen by the upright size, and the orientation is applied once.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void decode_ofTurnedJpeg_isTheReducedPixelsTurned(int tag) {
        byte[] jpeg = TestImages.file("baseline.jpg");
        ImageSize[] asked = new ImageSize[1];
        try (PixelBuffers others = new PixelBuffers();
                Raster plain = decoder.decode(jpeg, _ -> 2, others);
                Raster turned = decoder.decode(
                        TestImages.withOrientation(jpeg, tag, true),
                        size -> {
                            asked[0] = size;
                            return 2;
                        },
                        buffers)) {
            assertEquals(tag < 5 ? new ImageSize(97, 65) : new ImageSize(65, 97), turned.size());
            assertEquals(turned.size(), asked[0]);
            int right = turned.mat().cols() - 1;
            int bottom = turned.mat().rows() - 1;
            assertEquals(tag < 5 ? 48 : 32, right);
            for (int y = 0; y <= bottom; y++) {
                for (int x = 0; x <= right; x++) {
                    int sx = switch (tag) {
                        case 1, 4 -> x;
                        case 2, 3 -> right - x;
                        case 5, 6 -> y;
                        default -> bottom - y;
                    };
                    int sy = switch (tag) {
                        case 1, 2 -> y;
                        case 3, 4 -> bottom - y;
                        case 5, 8 -> x;
                        default -> right - x;
                    };
                    assertEquals(plain.sample(sx, sy, 1), turned.sample(x, y, 1), "at " + x + "," + y);
                }
            }
        }
    }

    @Property(tries = 500)
    void reduction_ofAnySizes_isTheSmallestThatIsLargeEnough(
            @ForAll @IntRange(min = 1, max = 9000) int width,
            @ForAll @IntRange(min = 1, max = 9000) int height,
            @ForAll @IntRange(min = 1, max = 1000) int rowWidth,
            @ForAll @IntRange(min = 1, max = 1000) int rowHeight,
            @ForAll Resize resize) {
        ImageSize asset = new ImageSize(width, height);
        InputSpec spec = spec(rowWidth, rowHeight, resize, true);
        ImageSize row = new ImageSize(rowWidth, rowHeight);
        Placement place = spec.place(asset, row);
        Rect whole = new Rect(0, 0, width, height);
        boolean isCut = !spec.resized(whole, row).equals(whole);

        int by = RowFiller.reduction(spec, asset);

        assertTrue(by == 1 || (!isCut && fits(asset, by, place)), () -> "by " + by);
        assertTrue(isCut || by == 8 || !fits(asset, 2 * by, place), () -> "by " + by);
    }

    private static boolean fits(ImageSize asset, int by, Placement place) {
        return asset.width() / by >= place.width() && asset.height() / by >= place.height();
    }

    @Test
    void reduction_unlessDeclared_isNone() {
        assertEquals(1, RowFiller.reduction(spec(10, 10, Resize.STRETCH, false), new ImageSize(8000, 8000)));
    }

    @ParameterizedTest
    @CsvSource({"640, 480, 2", "1283, 961, 4", "2560, 1920, 8"})
    void row_ofSmoothPicture_isNearlyTheFullOnes(int width, int height, int by) {
        byte[] jpeg = jpeg(width, height);
        for (Resize resize : Resize.values()) {
            InputSpec spec = spec(320, 240, resize, true);
            assertEquals(by, RowFiller.reduction(spec, new ImageSize(width, height)));
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment full = arena.allocate(4L * 3 * 320 * 240, 64);
                MemorySegment reduced = arena.allocate(4L * 3 * 320 * 240, 64);
                try (Raster raster = decoder.decode(jpeg)) {
                    RowFiller.fill(raster, spec, Optional.empty(), full);
                }
                try (Raster raster = decoder.decode(jpeg, size -> RowFiller.reduction(spec, size), buffers)) {
                    assertTrue(raster.isReduced());
                    assertEquals(
                            RowFiller.transform(spec, new ImageSize(width, height), Optional.empty()),
                            RowFiller.fill(raster, spec, Optional.empty(), reduced, buffers));
                }
                for (long i = 0; i < full.byteSize() / 4; i++) {
                    assertEquals(
                            full.getAtIndex(ValueLayout.JAVA_FLOAT, i),
                            reduced.getAtIndex(ValueLayout.JAVA_FLOAT, i),
                            8,
                            "number " + i);
                }
            }
        }
    }

    @Test
    void crop_ofReducedImage_isRefused() {
        try (Raster raster = decoder.decode(TestImages.file("baseline.jpg"), _ -> 2, buffers);
                Arena arena = Arena.ofConfined()) {
            MemorySegment row = arena.allocate(4L * 3 * 64);
            InputSpec spec = spec(8, 8, Resize.STRETCH, true);

            assertThrows(
                    IllegalArgumentException.class,
                    () -> RowFiller.fill(raster, spec, Optional.of(new Rect(1, 1, 20, 20)), row, buffers));
        }
    }
}
