package dev.firstpass.server.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.server.image.ImageException.Undecodable;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ImageDecoderTest {
    private final ImageDecoder decoder = new ImageDecoder(ImageLimits.DEFAULT);

    /// Mean distance over all samples that a lossy file may have from the picture.
    @ParameterizedTest
    @CsvSource({
        "base.png, 0",
        "interlaced.png, 0",
        "plain.bmp, 0",
        "lzw.tif, 0",
        "deflate.tif, 0",
        "lossless.webp, 0",
        "baseline.jpg, 5",
        "progressive.jpg, 3",
        "jpeg.tif, 3",
        "lossy.webp, 6",
        "cmyk.jpg, 4",
        "cmyk.tif, 1",
        "palette.png, 18",
        "palette.tif, 18"
    })
    void decode_ofEachFormat_givesThePicture(String file, double tolerance) {
        BufferedImage expected = TestImages.reference();
        try (Raster raster = decoder.decode(TestImages.file(file))) {
            assertEquals(new ImageSize(97, 65), raster.size());
            assertEquals(3, raster.bands());
            assertEquals(8, raster.bitsPerSample());
            double distance = meanDistance(expected, raster);
            assertTrue(distance <= tolerance, () -> file + ": " + distance + " off (expected: <= " + tolerance + ")");
        }
    }

    private static double meanDistance(BufferedImage expected, Raster raster) {
        long sum = 0;
        ImageSize size = raster.size();
        for (int y = 0; y < size.height(); y++) {
            for (int x = 0; x < size.width(); x++) {
                int rgb = expected.getRGB(x, y);
                sum += Math.abs(TestImages.red(rgb) - raster.sample(x, y, 0));
                sum += Math.abs(TestImages.green(rgb) - raster.sample(x, y, 1));
                sum += Math.abs(TestImages.blue(rgb) - raster.sample(x, y, 2));
            }
        }
        return sum / (3.0 * size.pixels());
    }

    @Test
    void decode_ofRunLengthBitmap_givesThePicture() {
        try (Raster raster = decoder.decode(TestImages.file("rle.bmp"))) {
            assertEquals(new ImageSize(96, 65), raster.size());
            assertTrue(meanDistance(TestImages.reference(), raster) <= 18);
        }
    }

    @Test
    void decode_ofGrayJpeg_keepsOneBand() {
        BufferedImage expected = TestImages.reference();
        try (Raster raster = decoder.decode(TestImages.file("gray.jpg"))) {
            assertEquals(1, raster.bands());
            int rgb = expected.getRGB(80, 12);
            double luma = 0.299 * TestImages.red(rgb) + 0.587 * TestImages.green(rgb) + 0.114 * TestImages.blue(rgb);
            assertEquals(luma, raster.sample(80, 12, 0), 25);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bilevel.png", "group4.tif"})
    void decode_ofOneBitImages_spansTheWholeScale(String file) {
        try (Raster raster = decoder.decode(TestImages.file(file))) {
            assertEquals(1, raster.bands());
            boolean black = false;
            boolean white = false;
            for (int y = 0; y < 65; y++) {
                for (int x = 0; x < 97; x++) {
                    int value = raster.sample(x, y, 0);
                    assertTrue(value == 0 || value == 255, () -> "value " + value);
                    black |= value == 0;
                    white |= value == 255;
                }
            }
            assertTrue(black && white);
        }
    }

    @Test
    void decode_ofSixteenBitTiff_keepsSixteenBits() {
        BufferedImage expected = TestImages.reference();
        try (Raster raster = decoder.decode(TestImages.file("lzw16.tif"))) {
            assertEquals(16, raster.bitsPerSample());
            for (int i = 0; i < 65; i++) {
                assertEquals(257 * TestImages.red(expected.getRGB(i, i)), raster.sample(i, i, 0));
                assertEquals(257 * TestImages.green(expected.getRGB(i, i)), raster.sample(i, i, 1));
                assertEquals(257 * TestImages.blue(expected.getRGB(i, i)), raster.sample(i, i, 2));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void decode_ofSixteenBitPng_keepsEveryValue(int colorType) {
        TestImages.Samples samples = (x, y, band) -> x * 3001 + y * 17 + band * 7;
        byte[] png = TestImages.png(20, 10, 16, colorType, samples);
        try (Raster raster = decoder.decode(png)) {
            assertEquals(16, raster.bitsPerSample());
            assertEquals(colorType == 0 ? 1 : 3, raster.bands());
            assertSamples(raster, samples);
        }
    }

    private static void assertSamples(Raster raster, TestImages.Samples expected) {
        int mask = (1 << raster.bitsPerSample()) - 1;
        for (int y = 0; y < raster.size().height(); y++) {
            for (int x = 0; x < raster.size().width(); x++) {
                for (int band = 0; band < raster.bands(); band++) {
                    int at = band;
                    int px = x;
                    int py = y;
                    assertEquals(
                            expected.at(x, y, band) & mask,
                            raster.sample(x, y, band),
                            () -> "band " + at + " at " + px + "," + py);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"8, 255", "16, 65535"})
    void decode_ofAlphaPng_blendsOverWhite(int bits, int max) {
        // Alpha rises from nothing to all over the columns; the colour is (1/5, 2/5, 3/5) of the scale.
        byte[] png = TestImages.png(6, 2, bits, 6, (x, _, band) -> band == 3 ? x * max / 5 : (band + 1) * max / 5);
        try (Raster raster = decoder.decode(png)) {
            assertEquals(3, raster.bands());
            for (int x = 0; x < 6; x++) {
                for (int band = 0; band < 3; band++) {
                    double alpha = x / 5.0;
                    double expected = (band + 1) / 5.0 * alpha + (1 - alpha);
                    assertEquals(expected * max, raster.sample(x, 1, band), 0.5, "column " + x);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"8, 255", "16, 65535"})
    void decode_ofGrayAlphaPng_blendsOverWhite(int bits, int max) {
        byte[] png = TestImages.png(6, 2, bits, 4, (x, _, band) -> band == 1 ? x * max / 5 : max / 5);
        try (Raster raster = decoder.decode(png)) {
            for (int x = 0; x < 6; x++) {
                assertEquals((0.2 * x / 5 + 1 - x / 5.0) * max, raster.sample(x, 0, 0), 0.5);
            }
        }
    }

    @Test
    void decode_ofTransparentPaletteEntry_isWhite() {
        byte[] png = TestImages.png(
                2,
                1,
                8,
                3,
                (x, _, _) -> x,
                TestImages.chunk("PLTE", new byte[] {10, 20, 30, 40, 50, 60}),
                TestImages.chunk("tRNS", new byte[] {0}));
        try (Raster raster = decoder.decode(png)) {
            assertEquals(255, raster.sample(0, 0, 0));
            assertEquals(40, raster.sample(1, 0, 0));
            assertEquals(60, raster.sample(1, 0, 2));
        }
    }

    @Test
    void decode_ofTransparentColorKey_keepsTheColor() {
        byte[] png = TestImages.png(
                2, 1, 8, 2, (x, _, _) -> 10 + x, TestImages.chunk("tRNS", new byte[] {0, 10, 0, 10, 0, 10}));
        byte[] gray = TestImages.png(2, 1, 8, 0, (x, _, _) -> 10 + x, TestImages.chunk("tRNS", new byte[] {0, 10}));
        try (Raster raster = decoder.decode(png);
                Raster grayRaster = decoder.decode(gray)) {
            assertEquals(10, raster.sample(0, 0, 1));
            assertEquals(11, raster.sample(1, 0, 1));
            assertEquals(10, grayRaster.sample(0, 0, 0));
            assertEquals(11, grayRaster.sample(1, 0, 0));
        }
    }

    @Test
    void decode_ofAlphaWebp_blendsOverWhite() {
        BufferedImage expected = TestImages.reference();
        try (Raster raster = decoder.decode(TestImages.file("alpha.webp"))) {
            int x = 48;
            double alpha = x / 97.0;
            assertEquals(
                    TestImages.red(expected.getRGB(x, 30)) * alpha + 255 * (1 - alpha), raster.sample(x, 30, 0), 3);
            assertEquals(255, raster.sample(0, 30, 1));
        }
    }

    @Test
    void decode_ofBitmapWithReservedByte_isOpaque() {
        TestImages.Samples samples = (x, y, band) -> band == 3 ? 0 : 20 + 10 * x + y + 50 * band;
        try (Raster raster = decoder.decode(TestImages.bmp32(5, 4, false, samples))) {
            assertSamples(raster, samples);
        }
    }

    @Test
    void decode_ofBitmapWithAlphaMask_blendsOverWhite() {
        try (Raster raster = decoder.decode(TestImages.bmp32(2, 1, true, (x, _, band) -> band == 3 ? 255 * x : 7))) {
            assertEquals(255, raster.sample(0, 0, 0));
            assertEquals(7, raster.sample(1, 0, 0));
        }
    }

    @Test
    void decode_ofAnimatedPng_givesTheStillImage() {
        byte[] control = {0, 0, 0, 2, 0, 0, 0, 0};
        byte[] frame = new byte[26];
        frame[7] = 1;
        frame[11] = 1;
        byte[] png = TestImages.png(
                3,
                2,
                8,
                2,
                (x, y, band) -> x * 40 + y * 10 + band,
                TestImages.chunk("acTL", control),
                TestImages.chunk("fcTL", frame),
                TestImages.chunk("fdAT", "not an image".getBytes(StandardCharsets.US_ASCII)));
        try (Raster raster = decoder.decode(png)) {
            assertSamples(raster, (x, y, band) -> x * 40 + y * 10 + band);
        }
    }

    @Test
    void decode_ofPngWithDamagedData_isUndecodable() {
        byte[] data = new byte[300];
        byte[] png = TestImages.concat(
                TestImages.pngHeader(20, 10, 8, 2),
                TestImages.chunk("IDAT", data),
                TestImages.chunk("IEND", new byte[0]));

        ImageException e = assertThrows(Undecodable.class, () -> decoder.decode(png));

        assertEquals("PNG: the image data is not valid", e.getMessage());
    }

    @Test
    void decode_ofOnePixel_givesIt() {
        try (Raster raster = decoder.decode(TestImages.png(1, 1, 8, 2, (_, _, band) -> 100 + band))) {
            assertEquals(new ImageSize(1, 1), raster.size());
            assertEquals(102, raster.sample(0, 0, 2));
        }
    }

    @Test
    void decode_ofNarrowStrip_givesIt() {
        try (Raster raster = decoder.decode(TestImages.png(1, 20_000, 8, 0, (_, y, _) -> y))) {
            assertEquals(new ImageSize(1, 20_000), raster.size());
            assertEquals(19_999 & 0xff, raster.sample(0, 19_999, 0));
        }
    }
}
