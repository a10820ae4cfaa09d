package dev.firstpass.server.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Orientation;
import dev.firstpass.server.image.ImageException.TooManyPixels;
import dev.firstpass.server.image.ImageException.Truncated;
import dev.firstpass.server.image.ImageException.Undecodable;
import dev.firstpass.server.image.ImageException.UnsupportedType;
import dev.firstpass.server.image.ImageHeader.Alpha;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ImageProbeTest {
    private static final byte[] NO_BYTES = new byte[0];

    private final ImageProbe probe = new ImageProbe(ImageLimits.DEFAULT);

    @ParameterizedTest
    @CsvSource({
        "base.png, PNG, 3, 8, NONE",
        "interlaced.png, PNG, 3, 8, NONE",
        "palette.png, PNG, 3, 8, NONE",
        "bilevel.png, PNG, 1, 8, NONE",
        "baseline.jpg, JPEG, 3, 8, NONE",
        "progressive.jpg, JPEG, 3, 8, NONE",
        "gray.jpg, JPEG, 1, 8, NONE",
        "cmyk.jpg, JPEG, 3, 8, NONE",
        "lzw.tif, TIFF, 3, 8, NONE",
        "lzw16.tif, TIFF, 3, 16, NONE",
        "deflate.tif, TIFF, 3, 8, NONE",
        "group4.tif, TIFF, 1, 8, NONE",
        "jpeg.tif, TIFF, 3, 8, NONE",
        "cmyk.tif, TIFF, 3, 8, NONE",
        "palette.tif, TIFF, 3, 8, NONE",
        "plain.bmp, BMP, 3, 8, NONE",
        "lossy.webp, WEBP, 3, 8, NONE",
        "lossless.webp, WEBP, 3, 8, NONE",
        "alpha.webp, WEBP, 3, 8, STRAIGHT"
    })
    void probe_ofEachFormat_saysWhatItDecodesTo(String file, ImageType type, int bands, int bits, Alpha alpha) {
        ImageHeader header = probe.probe(TestImages.file(file));

        assertEquals(new ImageHeader(type, new ImageSize(97, 65), bands, bits, alpha, Orientation.UPRIGHT), header);
    }

    @Test
    void probe_ofNoBytes_isUndecodable() {
        assertThrows(Undecodable.class, () -> probe.probe(NO_BYTES));
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello, I am a photo", "\0\0\0\0\0\0\0\0", "P", "BM but not a bitmap", "\u00ff\u00d8"})
    void probe_ofNoKnownFormat_isUndecodable(String text) {
        assertThrows(Undecodable.class, () -> probe.probe(text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<svg xmlns='http://www.w3.org/2000/svg'/>",
                "\u00ef\u00bb\u00bf  <?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg/>",
                "<!DOCTYPE html><html></html>",
                "\n<html>",
                "%PDF-1.7",
                "PK\3\4",
                "8BPS",
                "\0\0\0\u001cftypavif",
                "\0\0\0\u001cftypheic",
                "RIFF\0\0\0\0WAVE",
                "II+\0\0\0\0\0\0\0\0\0\0\0\0\0"
            })
    void probe_ofAnotherKnownFormat_isUnsupported(String text) {
        ImageException e =
                assertThrows(UnsupportedType.class, () -> probe.probe(text.getBytes(StandardCharsets.ISO_8859_1)));

        assertMentions("expected: ", e);
    }

    @ParameterizedTest
    @ValueSource(strings = {"still.gif", "animated.gif", "sample.jp2"})
    void probe_ofFilesNotRead_isUnsupported(String file) {
        assertThrows(UnsupportedType.class, () -> probe.probe(TestImages.file(file)));
    }

    @Test
    void probe_ofPngBomb_isTooManyPixels() {
        byte[] bomb = TestImages.concat(TestImages.pngHeader(50_000, 50_000, 8, 2), TestImages.chunk("IEND", NO_BYTES));

        ImageException e = assertThrows(TooManyPixels.class, () -> probe.probe(bomb));

        assertMentions("50000x50000", e);
    }

    @ParameterizedTest
    @CsvSource({"50000, 50000", "65535, 65535", "65535, 2000"})
    void probe_ofJpegBomb_isTooManyPixels(int width, int height) {
        byte[] jpeg = TestImages.file("baseline.jpg");
        ByteBuffer.wrap(jpeg).putShort(frame(jpeg) + 5, (short) height).putShort(frame(jpeg) + 7, (short) width);

        assertThrows(TooManyPixels.class, () -> probe.probe(jpeg));
    }

    @Test
    void probe_ofWideImageWithFewPixels_isTooManyPixelsBySide() {
        byte[] strip = TestImages.concat(TestImages.pngHeader(Integer.MAX_VALUE, 1, 1, 0));

        assertThrows(TooManyPixels.class, () -> probe.probe(strip));
    }

    @Test
    void probe_ofSixteenBitImageOverBytes_isTooManyPixels() {
        ImageProbe narrow = new ImageProbe(new ImageLimits(1_000_000, 97 * 65 * 3, 65_535));

        assertEquals(3, narrow.probe(TestImages.file("lzw.tif")).bands());
        assertThrows(TooManyPixels.class, () -> narrow.probe(TestImages.file("lzw16.tif")));
    }

    @Test
    void probe_ofSmallDataForManyPixels_isTruncated() {
        byte[] png = TestImages.concat(
                TestImages.pngHeader(9_000, 9_000, 8, 2),
                TestImages.chunk("IDAT", new byte[100]),
                TestImages.chunk("IEND", NO_BYTES));
        byte[] jpeg = TestImages.file("baseline.jpg");
        ByteBuffer.wrap(jpeg).putShort(frame(jpeg) + 5, (short) 9_000).putShort(frame(jpeg) + 7, (short) 9_000);

        assertThrows(Truncated.class, () -> probe.probe(png));
        assertThrows(Truncated.class, () -> probe.probe(jpeg));
    }

    @Test
    void probe_ofNoPixels_isUndecodable() {
        byte[] jpeg = TestImages.file("baseline.jpg");
        ByteBuffer.wrap(jpeg).putShort(frame(jpeg) + 5, (short) 0);
        byte[] bmp = TestImages.file("plain.bmp");
        Arrays.fill(bmp, 18, 26, (byte) 0);
        byte[] tiff = new TiffFile().bytes();
        ByteBuffer.wrap(tiff).putShort(tiffEntry(tiff, 256) + 8, (short) 0);

        assertThrows(Undecodable.class, () -> probe.probe(TestImages.pngHeader(0, 0, 8, 2)));
        assertThrows(Undecodable.class, () -> probe.probe(jpeg));
        assertThrows(Undecodable.class, () -> probe.probe(bmp));
        assertThrows(Undecodable.class, () -> probe.probe(tiff));
    }

    @Test
    void probe_ofPngWithWrongCheckSum_isUndecodable() {
        byte[] png = TestImages.file("base.png");
        png[png.length / 2] ^= 1;

        ImageException e = assertThrows(Undecodable.class, () -> probe.probe(png));

        assertMentions("check sum", e);
    }

    @Test
    void probe_ofPaletteImageWithoutPalette_isUndecodable() {
        byte[] png = TestImages.png(4, 4, 8, 3, (_, _, _) -> 0);

        assertThrows(Undecodable.class, () -> probe.probe(png));
    }

    @ParameterizedTest
    @ValueSource(ints = {0xc3, 0xc5, 0xc9, 0xca, 0xcf})
    void probe_ofJpegProcessNotRead_isUnsupported(int marker) {
        byte[] jpeg = TestImages.file("baseline.jpg");
        jpeg[frame(jpeg) + 1] = (byte) marker;

        assertThrows(UnsupportedType.class, () -> probe.probe(jpeg));
    }

    @Test
    void probe_ofTwelveBitJpeg_isUnsupported() {
        byte[] jpeg = TestImages.file("baseline.jpg");
        jpeg[frame(jpeg) + 4] = 12;

        assertThrows(UnsupportedType.class, () -> probe.probe(jpeg));
    }

    @Test
    void probe_ofJpegWithThousandsOfScans_isUndecodable() {
        byte[] jpeg = TestImages.file("progressive.jpg");
        byte[] scan = {(byte) 0xff, (byte) 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 17};
        byte[] scans = new byte[scan.length * 10_000];
        for (int i = 0; i < scans.length; i++) {
            scans[i] = scan[i % scan.length];
        }
        byte[] bomb =
                TestImages.concat(Arrays.copyOf(jpeg, jpeg.length - 2), scans, new byte[] {(byte) 0xff, (byte) 0xd9});

        assertThrows(Undecodable.class, () -> probe.probe(bomb));
    }

    @Test
    void probe_ofProgressiveJpegAtThePixelLimit_allowsFewerScans() {
        byte[] jpeg = TestImages.file("progressive.jpg");

        assertEquals(
                3,
                new ImageProbe(new ImageLimits(97 * 65, 1_000_000, 1000))
                        .probe(jpeg)
                        .bands());
        byte[] scan = {(byte) 0xff, (byte) 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 17};
        byte[] more = Arrays.copyOf(jpeg, jpeg.length - 2);
        for (int i = 0; i < 20; i++) {
            more = TestImages.concat(more, scan);
        }
        byte[] bytes = TestImages.concat(more, new byte[] {(byte) 0xff, (byte) 0xd9});

        assertEquals(3, probe.probe(bytes).bands());
        assertThrows(Undecodable.class, () -> new ImageProbe(new ImageLimits(97 * 65, 1_000_000, 1000)).probe(bytes));
    }

    @Test
    void probe_ofJpegWithoutScans_isTruncated() {
        byte[] jpeg = TestImages.file("progressive.jpg");
        int firstScan = indexOf(jpeg, 0xda);
        byte[] cut = TestImages.concat(Arrays.copyOf(jpeg, firstScan), new byte[] {(byte) 0xff, (byte) 0xd9});

        assertThrows(Truncated.class, () -> probe.probe(cut));
    }

    @Test
    void probe_ofThumbnailInExif_isNotTakenForTheImage() {
        byte[] thumbnail = TestImages.file("gray.jpg");
        byte[] jpeg = TestImages.withApp1(TestImages.file("baseline.jpg"), thumbnail);

        assertEquals(3, probe.probe(jpeg).bands());
    }

    @Test
    void probe_ofCutFileWithThumbnail_isTruncatedThoughTheThumbnailEnds() {
        byte[] jpeg = TestImages.withApp1(TestImages.file("baseline.jpg"), TestImages.file("gray.jpg"));

        assertThrows(Truncated.class, () -> probe.probe(Arrays.copyOf(jpeg, jpeg.length - 1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "baseline.jpg",
                "progressive.jpg",
                "base.png",
                "lossy.webp",
                "lossless.webp",
                "lzw.tif",
                "plain.bmp",
                "rle.bmp"
            })
    void probe_ofBytesAfterTheEnd_ignoresThem(String file) {
        byte[] image = TestImages.file(file);
        byte[] polyglot =
                TestImages.concat(image, "PK\3\4 and more \u00ff\u00d9".getBytes(StandardCharsets.ISO_8859_1));

        assertEquals(probe.probe(image), probe.probe(polyglot));
    }

    @Test
    void probe_ofBrokenExif_countsAsUpright() {
        byte[] jpeg = TestImages.file("baseline.jpg");
        byte[] exif = TestImages.exif(6, true);
        for (int length = 0; length < 20; length++) {
            byte[] body =
                    TestImages.concat("Exif\0\0".getBytes(StandardCharsets.US_ASCII), Arrays.copyOf(exif, length));
            assertEquals(
                    Orientation.UPRIGHT,
                    probe.probe(TestImages.withApp1(jpeg, body)).orientation());
        }
        assertEquals(
                Orientation.UPRIGHT,
                probe.probe(TestImages.withOrientation(jpeg, 9, true)).orientation());
    }

    @Test
    void probe_ofTiffDirectoryPastTheEnd_isTruncated() {
        byte[] tiff = TestImages.concat("II*\0".getBytes(StandardCharsets.US_ASCII), new byte[] {-1, -1, -1, 127});

        assertThrows(Truncated.class, () -> probe.probe(tiff));
    }

    @Test
    void probe_ofTiffStripPastTheEnd_isTruncated() {
        byte[] tiff = new TiffFile().bytes();
        int offsets = ByteBuffer.wrap(tiff).order(ByteOrder.LITTLE_ENDIAN).getInt(tiffEntry(tiff, 273) + 8);
        tiff[offsets + 3] = 0x7f;

        assertThrows(Truncated.class, () -> probe.probe(tiff));
    }

    @Test
    void probe_ofTiffWithFloatSamples_isUnsupported() {
        TiffFile floats = new TiffFile();
        floats.bits = 32;
        floats.sampleFormat = 3;

        assertThrows(UnsupportedType.class, () -> probe.probe(floats.bytes()));
    }

    @Test
    void probe_ofTiffWithGiantTiles_isTooManyPixels() {
        TiffFile tiled = new TiffFile();
        tiled.tileSide = 64;
        byte[] tiff = tiled.bytes();
        ByteBuffer bytes = ByteBuffer.wrap(tiff).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putShort(tiffEntry(tiff, 322) + 8, (short) 65_535).putShort(tiffEntry(tiff, 323) + 8, (short) 65_535);

        assertThrows(TooManyPixels.class, () -> probe.probe(tiff));
    }

    @Test
    void uprightSize_whereSidesChangePlaces_isTurned() {
        byte[] jpeg = TestImages.withOrientation(TestImages.file("baseline.jpg"), 6, false);

        assertEquals(new ImageSize(97, 65), probe.probe(jpeg).storedSize());
        assertEquals(new ImageSize(65, 97), probe.probe(jpeg).uprightSize());
    }

    private static void assertMentions(String text, ImageException e) {
        String message = String.valueOf(e.getMessage());
        assertTrue(message.contains(text), message);
    }

    /// Position of the frame header's marker.
    private static int frame(byte[] jpeg) {
        return indexOf(jpeg, 0xc0);
    }

    private static int indexOf(byte[] jpeg, int marker) {
        for (int i = 0; i < jpeg.length - 1; i++) {
            if (jpeg[i] == (byte) 0xff && jpeg[i + 1] == (byte) marker) {
                return i;
            }
        }
        throw new AssertionError("no marker " + marker);
    }

    private static int tiffEntry(byte[] tiff, int tag) {
        ByteBuffer bytes = ByteBuffer.wrap(tiff).order(ByteOrder.LITTLE_ENDIAN);
        int directory = bytes.getInt(4);
        for (int at = directory + 2; ; at += 12) {
            if (bytes.getShort(at) == tag) {
                return at;
            }
        }
    }
}
