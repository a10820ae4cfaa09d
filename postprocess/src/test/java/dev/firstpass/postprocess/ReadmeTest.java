package dev.firstpass.postprocess;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.annotation.Provenance;
import dev.firstpass.postprocess.format.FormatContext;
import dev.firstpass.postprocess.format.LabelFormats;
import dev.firstpass.postprocess.format.WrittenDataSet;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.CocoRle;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.OutlineRule;
import dev.firstpass.postprocess.geometry.Outlines;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The example of postprocess/README.md, line by line what is run here.
final class ReadmeTest {
    @Test
    void example_ofTheReadme_runs() throws IOException {
        BitMask mask = new BitMask(new ImageSize(640, 480));
        for (int y = 100; y < 200; y++) {
            for (int x = 50 + y / 4; x < 300; x++) {
                mask.set(x, y);
            }
        }
        // Example.
        List<PolygonPart> outline = Outlines.of(mask, OutlineRule.tolerance(1)); // valid, holes kept
        String rle = CocoRle.encode(RunLengths.of(mask)); // as pycocotools writes it

        Candidate dog = new Candidate(0, "dog", 0.93); // index in the model's output, label, score
        Prelabels prelabels = new Prelabels(
                new AssetInfo("a.jpg", new ImageSize(640, 480), "sha256:..."),
                new Provenance("", "coco", 3, "sha256:...", "ssd", ""),
                List.of(new Annotation.Polygon(dog, outline)),
                List.of());
        WrittenDataSet written = LabelFormats.write(
                LabelFormats.byId("labelbox").orElseThrow(), FormatContext.of(List.of("dog")), List.of(prelabels));
        Map<String, Integer> converted = written.report().converted(); // what it could not say as it was, by rule
        // End of the example.
        assertEquals(1, outline.size());
        assertTrue(rle.length() > 10);
        assertEquals(Map.of(), converted);

        String readme = Files.readString(Path.of("README.md"));
        String example = readme.substring(readme.indexOf("```java\n") + 8, readme.lastIndexOf("```"));
        String source = Files.readString(Path.of("src/test/java/dev/firstpass/postprocess/ReadmeTest.java"));
        String run = source.substring(
                source.indexOf("// Example.\n") + 12, source.indexOf("        // End of the example."));
        assertEquals(run.replaceAll("(?m)^ {8}", ""), example);
    }
}
