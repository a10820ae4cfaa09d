package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each format's file of [Samples#dataSet()] is, byte for byte, the one in `src/test/resources/format`; the README
/// there says where those come from. What was written stands in `target/format` afterwards, to be compared and, where
/// a change is wanted, copied.
final class GoldenFilesTest {
    static Stream<LabelFormat> formats() {
        return LabelFormats.STANDARD.stream();
    }

    @ParameterizedTest
    @MethodSource("formats")
    void write_samples_givesTheGoldenFile(LabelFormat format) throws IOException {
        byte[] actual = LabelFormats.write(format, Samples.context(Map.of()), Samples.dataSet())
                .content();
        String name = format.id() + "/labels" + format.fileExtension();
        Path written = Path.of("target", "format").resolve(name);
        Files.createDirectories(Optional.ofNullable(written.getParent()).orElseThrow());
        Files.write(written, actual);
        byte[] golden;
        try (InputStream in = GoldenFilesTest.class.getResourceAsStream("/format/" + name)) {
            golden = Optional.ofNullable(in)
                    .orElseThrow(() -> new AssertionError("no golden file format/" + name))
                    .readAllBytes();
        }
        if (format.id().equals("labelbox")) {
            assertEquals(withPixels(golden), withPixels(actual));
        } else {
            assertEquals(new String(golden, StandardCharsets.UTF_8), new String(actual, StandardCharsets.UTF_8));
        }
    }

    /// The lines with each PNG spelled out, since zlib's releases may compress the same pixels to other bytes.
    private static List<JsonNode> withPixels(byte[] ndjson) throws IOException {
        List<JsonNode> lines = JsonValues.all(ndjson);
        for (JsonNode line : lines) {
            if (line.get("mask") instanceof ObjectNode mask) {
                mask.put("png", rows(mask.get("png").binaryValue()));
            }
        }
        return lines;
    }

    private static String rows(byte[] png) throws IOException {
        Raster raster = ImageIO.read(new ByteArrayInputStream(png)).getRaster();
        StringBuilder rows = new StringBuilder();
        for (int y = 0; y < raster.getHeight(); y++) {
            for (int x = 0; x < raster.getWidth(); x++) {
                rows.append(raster.getSample(x, y, 0));
            }
            rows.append('\n');
        }
        return rows.toString();
    }
}
