package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class PngReaderTest {
    /// Another writer's files: its own choice of filters, depths and chunks.
    @Property(tries = 100)
    void read_imagesOfImageIo_areTheirSamples(
            @ForAll @IntRange(min = 1, max = 70) int width,
            @ForAll @IntRange(min = 1, max = 40) int height,
            @ForAll long seed)
            throws IOException {
        for (int type : new int[] {
            BufferedImage.TYPE_BYTE_GRAY,
            BufferedImage.TYPE_USHORT_GRAY,
            BufferedImage.TYPE_BYTE_BINARY,
            BufferedImage.TYPE_BYTE_INDEXED,
            BufferedImage.TYPE_3BYTE_BGR,
            BufferedImage.TYPE_4BYTE_ABGR
        }) {
            BufferedImage image = new BufferedImage(width, height, type);
            Random random = new Random(seed);
            Raster raster = image.getRaster();
            int bits = image.getSampleModel().getSampleSize(0);
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    for (int band = 0; band < raster.getNumBands(); band++) {
                        int sample = random.nextInt(3) == 0 ? random.nextInt(1 << bits) : Math.min(x, (1 << bits) - 1);
                        image.getRaster().setSample(x, y, band, sample);
                    }
                }
            }
            ByteArrayOutputStream png = new ByteArrayOutputStream();
            ImageIO.write(image, "png", png);
            int[][] rows = rows(png.toByteArray(), new ImageSize(width, height));
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    int expected = raster.getSample(x, y, 0);
                    if (raster.getNumBands() >= 3) {
                        expected += 256 * raster.getSample(x, y, 1) + 65536 * raster.getSample(x, y, 2);
                    }
                    assertEquals(expected, rows[y][x], "type " + type + " at " + x + "," + y);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("forms")
    void read_whatPngWriterWrites_isTheSame(PngWriter.Form form) throws IOException {
        ImageSize size = new ImageSize(300, 257);
        Random random = new Random(7);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        List<byte[]> written = new ArrayList<>();
        try (PngWriter png = new PngWriter(out, size, form)) {
            for (int y = 0; y < size.height(); y++) {
                byte[] row = new byte[form.rowBytes(size.width())];
                random.nextBytes(row);
                written.add(row);
                png.row(row);
            }
        }
        int[][] rows = rows(out.toByteArray(), size);
        Raster raster =
                ImageIO.read(new ByteArrayInputStream(out.toByteArray())).getRaster();
        for (int y = 0; y < size.height(); y++) {
            for (int x = 0; x < size.width(); x++) {
                byte[] row = written.get(y);
                int expected = switch (form) {
                    case GREY_8, VOC_PALETTE -> row[x] & 0xFF;
                    case GREY_16 -> (row[2 * x] & 0xFF) << 8 | (row[2 * x + 1] & 0xFF);
                    case SET_OR_TRANSPARENT -> row[x >> 3] >> (7 - (x & 7)) & 1;
                    case RGB -> (row[3 * x] & 0xFF) | (row[3 * x + 1] & 0xFF) << 8 | (row[3 * x + 2] & 0xFF) << 16;
                };
                assertEquals(expected, rows[y][x]);
                assertEquals(expected & (form == PngWriter.Form.RGB ? 0xFF : 0xFFFF), raster.getSample(x, y, 0));
            }
        }
    }

    static Stream<PngWriter.Form> forms() {
        return Arrays.stream(PngWriter.Form.values());
    }

    @Test
    void vocColours_areThoseOfTheDevkit() {
        assertArrayEquals(new int[] {0, 0x800000, 0x008000, 0x808000, 0x000080}, new int[] {
            PngWriter.vocColour(0),
            PngWriter.vocColour(1),
            PngWriter.vocColour(2),
            PngWriter.vocColour(3),
            PngWriter.vocColour(4)
        });
        assertEquals(0xE0E0C0, PngWriter.vocColour(255));
    }

    @Test
    void read_damaged_isRefusedWithWhy() throws IOException {
        byte[] png = png(new ImageSize(20, 10));
        ImageSize size = new ImageSize(20, 10);
        assertRefused("not a PNG (expected: its signature)", new byte[] {1, 2}, size);
        assertRefused("PNG: ends early (expected: a whole image)", Arrays.copyOf(png, png.length - 20), size);
        assertRefused(
                "PNG: labels are for an image of 20x10 (expected: 10x20, its upright size)",
                png,
                new ImageSize(10, 20));
        byte[] wide = png.clone();
        wide[16] = 0x7F;
        wide[19] = 0;
        String refusal = String.valueOf(
                assertThrows(DataSetException.class, () -> rows(wide, size)).getMessage());
        assertTrue(refusal.startsWith("PNG: "), refusal);
        for (int i = 8; i < png.length; i++) {
            byte[] changed = png.clone();
            changed[i] ^= 0x10;
            try {
                rows(changed, size);
            } catch (DataSetException e) {
                assertTrue(String.valueOf(e.getMessage()).contains("PNG"), e.getMessage());
            }
        }
    }

    @Test
    void read_hugeSize_isRefusedBeforeAnythingIsMade() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new PngWriter(out, new ImageSize(100_000, 100_000), PngWriter.Form.VOC_PALETTE).close();

        assertRefused(
                "PNG: 100000x100000 (expected: 1 to 131072 pixels a side, at most 536870912)",
                out.toByteArray(),
                new ImageSize(100_000, 100_000));
    }

    @Test
    void masks_thatOverlap_haveTheBetterScoreOnTop() throws IOException {
        Annotation.Box low = new Annotation.Box(new Candidate(0, "cat", 0.2), new Rect(0, 0, 10, 10));
        Annotation.Box high = new Annotation.Box(new Candidate(1, "ship", 0.9), new Rect(5, 0, 10, 10));
        Annotation.Box hidden = new Annotation.Box(new Candidate(2, "leaf", 0.1), new Rect(2, 2, 10, 5));
        WrittenDataSet written = Samples.write("png.instances", Map.of(), Samples.prelabels(low, high, hidden));

        assertEquals(
                Map.of("box-to-mask", 2, "overlap-cut", 1), written.report().converted());
        assertEquals(Map.of("overlap-hidden", 1), written.report().leftOut());
        FilesInMemory files = new FilesInMemory();
        written.entries().forEach(files::with);
        LabeledDataSet data = LabelReaders.byId("png.instances").orElseThrow().open(DataSetSource.of(files));
        var labels = data.labels(data.images().getFirst(), Samples.SIZE);
        assertEquals(
                List.of(50L, 100L),
                labels.stream()
                        .map(label ->
                                ((Annotation.Mask) label.annotation()).runs().area())
                        .toList());
    }

    @Test
    void masks_ofAClass_areUnited() {
        Annotation.Box one = new Annotation.Box(new Candidate(0, "cat", 1), new Rect(0, 0, 10, 10));
        Annotation.Box other = new Annotation.Box(new Candidate(1, "cat", 1), new Rect(5, 0, 10, 10));

        assertEquals(
                Map.of("box-to-mask", 2, "united-with-class", 1),
                Samples.write("png", Map.of(), Samples.prelabels(one, other))
                        .report()
                        .converted());
    }

    @Test
    void masks_ofMoreThan254Classes_have16Bits() throws IOException {
        List<Annotation> many = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            many.add(new Annotation.Box(
                    new Candidate(i, "class " + i, 1), new Rect(i % 60, Math.floorDiv(i, 60), 1, 1)));
        }
        WrittenDataSet written = Samples.write("png", Map.of(), Samples.prelabels(many));
        byte[] png = written.entries().getOrDefault("masks/sheet.png", new byte[0]);

        assertEquals(16, PngReader.header(new ByteArrayInputStream(png)).depth());
        FilesInMemory files = new FilesInMemory();
        written.entries().forEach(files::with);
        LabeledDataSet data = LabelReaders.byId("png").orElseThrow().open(DataSetSource.of(files));
        assertEquals(300, data.labels(data.images().getFirst(), Samples.SIZE).size());
    }

    private static byte[] png(ImageSize size) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (PngWriter png = new PngWriter(out, size, PngWriter.Form.GREY_8)) {
            byte[] row = new byte[size.width()];
            for (int y = 0; y < size.height(); y++) {
                Arrays.fill(row, (byte) y);
                png.row(row);
            }
        }
        return out.toByteArray();
    }

    private static void assertRefused(String message, byte[] png, ImageSize size) {
        assertEquals(
                message,
                assertThrows(DataSetException.class, () -> rows(png, size)).getMessage());
    }

    private static int[][] rows(byte[] png, ImageSize size) throws IOException {
        List<int[]> rows = new ArrayList<>();
        PngReader.read(new ByteArrayInputStream(png), size, (_, samples) -> rows.add(samples.clone()));
        return rows.toArray(int[][]::new);
    }
}
