package dev.firstpass.server.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.server.image.ImageException.Truncated;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class TiffPixelsTest {
    private final ImageDecoder decoder = new ImageDecoder(ImageLimits.DEFAULT);

    @Property(tries = 300)
    void decode_ofAnyShape_givesEachSample(
            @ForAll @IntRange(min = 1, max = 70) int width,
            @ForAll @IntRange(min = 1, max = 50) int height,
            @ForAll @IntRange(min = 1, max = 8) int bands,
            @ForAll boolean wide,
            @ForAll boolean planar,
            @ForAll boolean bigEndian,
            @ForAll boolean tiled,
            @ForAll boolean predicted,
            @ForAll @IntRange(min = 0, max = 2) int compression) {
        TiffFile tiff = new TiffFile();
        tiff.width = width;
        tiff.height = height;
        tiff.bands = bands;
        tiff.bits = wide ? 16 : 8;
        tiff.photometric = bands == 3 ? 2 : 1;
        tiff.planar = planar;
        tiff.bigEndian = bigEndian;
        tiff.tileSide = tiled ? 16 : 0;
        tiff.predictor = predicted ? 2 : 1;
        tiff.compression = compression == 0 ? 1 : compression == 1 ? 8 : 32_773;
        tiff.samples = (x, y, band) -> x * 1013 + y * 311 + band * 9001;
        int mask = wide ? 0xffff : 0xff;

        try (Raster raster = decoder.decode(tiff.bytes())) {
            assertEquals(bands, raster.bands());
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    for (int band = 0; band < bands; band++) {
                        assertEquals(tiff.samples.at(x, y, band) & mask, raster.sample(x, y, band));
                    }
                }
            }
        }
    }

    @Test
    void decode_ofWhiteIsZero_isInverted() {
        TiffFile tiff = new TiffFile();
        tiff.bands = 1;
        tiff.photometric = 0;
        tiff.samples = (x, _, _) -> x;
        try (Raster raster = decoder.decode(tiff.bytes())) {
            assertEquals(255, raster.sample(0, 0, 0));
            assertEquals(245, raster.sample(10, 3, 0));
        }
    }

    @Test
    void decode_ofStraightAndPremultipliedAlpha_blendsEachAsItShould() {
        TiffFile straight = new TiffFile();
        straight.bands = 4;
        straight.extraSamples = 2;
        straight.samples = (_, _, band) -> band == 3 ? 51 : 100;
        TiffFile premultiplied = new TiffFile();
        premultiplied.bands = 4;
        premultiplied.extraSamples = 1;
        premultiplied.samples = (_, _, band) -> band == 3 ? 51 : 20;
        try (Raster a = decoder.decode(straight.bytes());
                Raster b = decoder.decode(premultiplied.bytes())) {
            assertEquals(3, a.bands());
            assertEquals(Math.round(100 * 0.2 + 255 * 0.8), a.sample(3, 3, 1));
            assertEquals(Math.round(20 + 255 * 0.8), b.sample(3, 3, 1));
        }
    }

    @Test
    void decode_ofGrayWithAlphaIn16Bits_blends() {
        TiffFile tiff = new TiffFile();
        tiff.bands = 2;
        tiff.bits = 16;
        tiff.photometric = 1;
        tiff.extraSamples = 2;
        tiff.samples = (_, _, band) -> band == 1 ? 0 : 1234;
        try (Raster raster = decoder.decode(tiff.bytes())) {
            assertEquals(1, raster.bands());
            assertEquals(65_535, raster.sample(5, 5, 0));
        }
    }

    @Test
    void decode_ofFourthBandThatIsNotAlpha_keepsIt() {
        TiffFile tiff = new TiffFile();
        tiff.bands = 4;
        tiff.extraSamples = 0;
        try (Raster raster = decoder.decode(tiff.bytes())) {
            assertEquals(4, raster.bands());
            assertEquals(tiff.samples.at(9, 8, 3) & 0xff, raster.sample(9, 8, 3));
            assertEquals(tiff.samples.at(9, 8, 0) & 0xff, raster.sample(9, 8, 0));
        }
    }

    @Test
    void decode_ofCompressedStripThatEndsEarly_isTruncated() {
        TiffFile tiff = new TiffFile();
        tiff.compression = 8;
        byte[] whole = tiff.bytes();
        TiffFile taller = new TiffFile();
        taller.compression = 8;
        taller.height = 28;
        taller.rowsPerStrip = 28;
        byte[] bytes = taller.bytes();
        // One row more than the strip holds.
        TiffHeights.set(bytes, 29);

        assertEquals(23, decoder.probe(whole).storedSize().height());
        assertThrows(Truncated.class, () -> decoder.decode(bytes));
    }

    /// Changes height and rows per strip in a little-endian file.
    private static final class TiffHeights {
        static void set(byte[] tiff, int height) {
            int directory = (tiff[4] & 0xff) | (tiff[5] & 0xff) << 8;
            int entries = tiff[directory] & 0xff;
            for (int i = 0; i < entries; i++) {
                int at = directory + 2 + 12 * i;
                int tag = (tiff[at] & 0xff) | (tiff[at + 1] & 0xff) << 8;
                if (tag == 257 || tag == 278) {
                    tiff[at + 8] = (byte) height;
                }
            }
        }
    }
}
