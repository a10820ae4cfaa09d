package dev.firstpass.server.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.postprocess.geometry.ImageSize;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The same picture, stored in each of the eight ways with the tag that undoes it, comes out the same.
final class OrientationTest {
    private static final int WIDTH = 7;
    private static final int HEIGHT = 5;

    private final ImageDecoder decoder = new ImageDecoder(ImageLimits.DEFAULT);

    private static int upright(int x, int y, int band) {
        return 10 * x + 3 * y + 60 * band;
    }

    /// Where the stored pixel comes from in the upright picture, by the definition of the tag: which sides of the
    /// upright picture the stored first row and first column are.
    private static TestImages.Samples stored(int tag) {
        return (x, y, band) -> switch (tag) {
            case 1 -> upright(x, y, band);
            case 2 -> upright(WIDTH - 1 - x, y, band);
            case 3 -> upright(WIDTH - 1 - x, HEIGHT - 1 - y, band);
            case 4 -> upright(x, HEIGHT - 1 - y, band);
            case 5 -> upright(y, x, band);
            case 6 -> upright(WIDTH - 1 - y, x, band);
            case 7 -> upright(WIDTH - 1 - y, HEIGHT - 1 - x, band);
            case 8 -> upright(y, HEIGHT - 1 - x, band);
            default -> throw new IllegalArgumentException("tag: " + tag);
        };
    }

    private static ImageSize storedSize(int tag) {
        return tag < 5 ? new ImageSize(WIDTH, HEIGHT) : new ImageSize(HEIGHT, WIDTH);
    }

    private void assertUpright(byte[] image, int bands) {
        assertEquals(new ImageSize(WIDTH, HEIGHT), decoder.probe(image).uprightSize());
        try (Raster raster = decoder.decode(image)) {
            assertEquals(new ImageSize(WIDTH, HEIGHT), raster.size());
            for (int y = 0; y < HEIGHT; y++) {
                for (int x = 0; x < WIDTH; x++) {
                    for (int band = 0; band < bands; band++) {
                        assertEquals(upright(x, y, band), raster.sample(x, y, band), "at " + x + "," + y);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void decode_ofPngWithExif_isUpright(int tag) {
        ImageSize size = storedSize(tag);
        for (boolean bigEndian : new boolean[] {false, true}) {
            byte[] exif = TestImages.chunk("eXIf", TestImages.exif(tag, bigEndian));
            assertUpright(TestImages.png(size.width(), size.height(), 8, 2, stored(tag), exif), 3);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 3", "2, 3", "3, 3", "4, 3", "5, 3", "6, 3", "7, 3", "8, 3", "2, 6", "3, 6", "4, 6", "5, 6", "6, 6", "7, 6",
        "8, 6"
    })
    void decode_ofTiffWithTag_isUpright(int tag, int bands) {
        ImageSize size = storedSize(tag);
        TiffFile tiff = new TiffFile();
        tiff.width = size.width();
        tiff.height = size.height();
        tiff.bands = bands;
        tiff.bits = 16;
        tiff.orientation = tag;
        tiff.samples = stored(tag);
        assertUpright(tiff.bytes(), bands);
    }

    /// Compressed in a way that the library decodes: it heeds the tag by itself and must not do so on top of us.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void decode_ofPaletteTiffWithTag_isUpright(int tag) {
        byte[] upright = TestImages.file("palette.tif");
        byte[] turned = withTiffOrientation(upright, tag);
        try (Raster expected = decoder.decode(upright);
                Raster raster = decoder.decode(turned)) {
            boolean swapped = tag >= 5;
            assertEquals(swapped ? new ImageSize(65, 97) : new ImageSize(97, 65), raster.size());
            int right = raster.size().width() - 1;
            int bottom = raster.size().height() - 1;
            // The stored top left corner's place in the upright picture.
            int x = tag == 2 || tag == 3 || tag == 6 || tag == 7 ? right : 0;
            int y = tag == 3 || tag == 4 || tag == 7 || tag == 8 ? bottom : 0;
            for (int band = 0; band < 3; band++) {
                assertEquals(expected.sample(0, 0, band), raster.sample(x, y, band));
                // And that of the pixel 10 to its right.
                int dx = swapped ? 0 : x == 0 ? 10 : -10;
                int dy = !swapped ? 0 : y == 0 ? 10 : -10;
                assertEquals(expected.sample(10, 0, band), raster.sample(x + dx, y + dy, band));
            }
        }
    }

    /// A little-endian file whose tag 274 gets another value.
    private static byte[] withTiffOrientation(byte[] tiff, int orientation) {
        byte[] copy = tiff.clone();
        for (int i = 0; i < copy.length - 12; i++) {
            if (copy[i] == 0x12 && copy[i + 1] == 1 && copy[i + 2] == 3 && copy[i + 3] == 0 && copy[i + 4] == 1) {
                copy[i + 8] = (byte) orientation;
                return copy;
            }
        }
        throw new AssertionError("no orientation tag");
    }

    /// JPEG cannot store an arbitrary picture without loss, so the same coded bytes under another tag are compared
    /// with the pixels of the untagged file, turned.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void decode_ofJpegWithExif_isTheSamePixelsTurned(int tag) {
        byte[] jpeg = TestImages.file("baseline.jpg");
        try (Raster plain = decoder.decode(jpeg);
                Raster little = decoder.decode(TestImages.withOrientation(jpeg, tag, false));
                Raster big = decoder.decode(TestImages.withOrientation(jpeg, tag, true))) {
            int right = little.size().width() - 1;
            int bottom = little.size().height() - 1;
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
                    assertEquals(plain.sample(sx, sy, 0), little.sample(x, y, 0), "at " + x + "," + y);
                    assertEquals(plain.sample(sx, sy, 2), big.sample(x, y, 2), "at " + x + "," + y);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void probe_ofWebpWithExif_saysTheOrientation(int tag) {
        byte[] webp = TestImages.webpWithOrientation(TestImages.file("lossless.webp"), 97, 65, tag);
        assertEquals(tag, decoder.probe(webp).orientation().tag());
        try (Raster raster = decoder.decode(webp)) {
            assertEquals(tag < 5 ? new ImageSize(97, 65) : new ImageSize(65, 97), raster.size());
        }
    }
}
