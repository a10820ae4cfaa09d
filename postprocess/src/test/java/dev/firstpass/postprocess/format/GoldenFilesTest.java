package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.InflaterInputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each format's files of [Samples#dataSet()] are, byte for byte, those in `src/test/resources/format`; the README
/// there says where those come from. What was written stands in `target/format` afterwards, to be compared and, where
/// a change is wanted, copied. Letters beyond ASCII in the names of files are written as in URLs.
final class GoldenFilesTest {
    /// Formats whose JSON has PNGs in it.
    private static final Set<String> WITH_PNGS = Set.of("labelbox", "labelme", "supervisely");

    static Stream<LabelFormat> formats() {
        return LabelFormats.STANDARD.stream();
    }

    @ParameterizedTest
    @MethodSource("formats")
    void write_samples_givesTheGoldenFiles(LabelFormat format) throws IOException {
        WrittenDataSet written = LabelFormats.write(format, Samples.context(Map.of()), Samples.dataSet());
        for (Map.Entry<String, byte[]> entry : written.entries().entrySet()) {
            Path file = Path.of("target", "format").resolve(format.id()).resolve(ascii(entry.getKey()));
            Files.createDirectories(Optional.ofNullable(file.getParent()).orElseThrow());
            Files.write(file, entry.getValue());
        }
        for (Map.Entry<String, byte[]> entry : written.entries().entrySet()) {
            String name = format.id() + "/" + ascii(entry.getKey());
            byte[] golden = golden(name);
            if (WITH_PNGS.contains(format.id()) && name.endsWith("json")) {
                assertEquals(withPixels(golden), withPixels(entry.getValue()), name);
            } else if (name.endsWith(".png")) {
                // zlib's releases may compress the same pixels to other bytes.
                assertEquals(rows(golden), rows(entry.getValue()), name);
            } else {
                assertEquals(
                        new String(golden, StandardCharsets.UTF_8),
                        new String(entry.getValue(), StandardCharsets.UTF_8),
                        name);
            }
        }
    }

    /// Names of files have to be, whatever the locale that a build runs in.
    static String ascii(String name) {
        return Arrays.stream(name.split("/"))
                .map(segment ->
                        URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
    }

    private static byte[] golden(String name) throws IOException {
        try (InputStream in = GoldenFilesTest.class.getResourceAsStream("/format/" + name)) {
            return Optional.ofNullable(in)
                    .orElseThrow(() -> new AssertionError("no golden file format/" + name))
                    .readAllBytes();
        }
    }

    /// The values with each PNG spelled out, since zlib's releases may compress the same pixels to other bytes.
    private static List<JsonNode> withPixels(byte[] json) throws IOException {
        List<JsonNode> values = JsonValues.all(json);
        for (JsonNode value : values) {
            for (JsonNode holder : value.findParents("png")) {
                ((ObjectNode) holder).put("png", rows(holder.get("png").binaryValue()));
            }
            for (JsonNode holder : value.findParents("mask")) {
                if (holder.get("mask").isTextual()) {
                    ((ObjectNode) holder).put("mask", rows(holder.get("mask").binaryValue()));
                }
            }
            for (JsonNode bitmap : value.findValues("bitmap")) {
                byte[] png = new InflaterInputStream(
                                new ByteArrayInputStream(bitmap.get("data").binaryValue()))
                        .readAllBytes();
                ((ObjectNode) bitmap).put("data", rows(png));
            }
        }
        return values;
    }

    /// Numbers of colours where there is a palette.
    private static String rows(byte[] png) throws IOException {
        Raster raster = ImageIO.read(new ByteArrayInputStream(png)).getRaster();
        StringBuilder rows = new StringBuilder();
        for (int y = 0; y < raster.getHeight(); y++) {
            for (int x = 0; x < raster.getWidth(); x++) {
                for (int band = 0; band < raster.getNumBands(); band++) {
                    rows.append(raster.getSample(x, y, band)).append(raster.getNumBands() > 1 ? "," : "");
                }
            }
            rows.append('\n');
        }
        return rows.toString();
    }
}
