package dev.firstpass.registry.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.spec.GeometryWish;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.registry.ProjectSpec;
import dev.firstpass.registry.RegistryException.ArgumentInvalid;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ProjectDocumentTest {
    private static final Path PAGE = Path.of("../docs/projects.md");

    private static final String ALL = """
            thresholds: {default: 0.4, weed: 0.6}
            classes: [crop, weed, 7]
            mapping: {crop: Crop Plant, weed: Weed}
            minimum: {side: 8, area: 100.5}
            max: 200
            geometry: polygon
            outline: {vertices: 64, minIsland: 20, smoothing: 2}
            format: label-studio
            formatOptions: {from_name: label, on: true, most: 3}
            """;

    private static final ProjectSpec SPEC = new ProjectSpec(
            new LabelingWishes(
                    Map.of("crop", "Crop Plant", "weed", "Weed"),
                    Optional.of(0.4),
                    Map.of("weed", 0.6),
                    Set.of("crop", "weed", "7"),
                    OptionalInt.of(200),
                    Optional.of(new GeometryWish.Of(GeometryKind.POLYGON)),
                    Optional.empty(),
                    OptionalInt.of(64),
                    OptionalLong.of(20),
                    Optional.of(2.0),
                    Optional.of(8.0),
                    Optional.of(100.5)),
            Optional.of("label-studio"),
            Map.of("from_name", "label", "on", "true", "most", "3"));

    private static ProjectSpec read(String text) {
        return ProjectDocument.read(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void everyKey_isRead() {
        assertEquals(SPEC, read(ALL));
        assertEquals(
                Optional.of(1.5), read("outline: {simplify: 1.5}").labeling().simplify());
        assertEquals(
                Optional.of(new GeometryWish.Native()),
                read("geometry: native").labeling().geometry());
    }

    @Test
    void nothing_leavesAllOpen() {
        ProjectSpec open = new ProjectSpec(LabelingWishes.NONE, Optional.empty(), Map.of());
        assertEquals(open, read(""));
        assertEquals(open, read("{}"));
        assertEquals("{}", ProjectDocument.canonical(open));
    }

    @Test
    void canonicalForm_isReadAgain_andIsTheSameHoweverItWasWritten() {
        String canonical = ProjectDocument.canonical(SPEC);
        assertEquals(SPEC, ProjectDocument.readCanonical(canonical));
        assertEquals(SPEC, read(canonical));
        assertEquals(
                canonical,
                ProjectDocument.canonical(read(ProjectDocument.tree(SPEC).toString())));
        assertEquals(
                "{\"classes\":[\"cat\",\"dog\"],\"max\":5}",
                ProjectDocument.canonical(read("max: 5\nclasses: [dog, cat, dog]")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "max: 0                            | max              | max: 0 (expected: a whole number from 1 to 10000)",
                "thresholds: {weed: 1.5}           | thresholds.weed  | thresholds.weed: 1.5 (expected: a number from 0.0 to 1.0)",
                "tresholds: {}                     | tresholds        | tresholds: unknown key (the nearest known one is 'thresholds')",
                "minimum: {width: 3}               | minimum.width    | minimum.width: unknown key (the nearest known one is 'side')",
                "outline: {simplify: 1, vertices: 9} | outline.vertices | outline.vertices: beside outline.simplify (expected: one of them)",
                "outline: {vertices: 2}            | outline.vertices | outline.vertices: 2 (expected: a whole number from 3 to 100000)",
                "formatOptions: {from_name: a}     | formatOptions    | formatOptions: without a format (expected: format beside them)",
                "{                                 | project          | project: no YAML at line 1",
            })
    void whatIsWrong_isRefusedByItsKey(String text, String field, String message) {
        ArgumentInvalid refused = assertThrows(ArgumentInvalid.class, () -> read(text));
        assertEquals(field, refused.field());
        assertEquals(message, refused.getMessage());
    }

    @Test
    void wordsThatAreNoGeometry_areRefused() {
        ArgumentInvalid refused = assertThrows(ArgumentInvalid.class, () -> read("geometry: cube"));
        assertEquals("geometry", refused.field());
        assertTrue(refused.getMessage().contains("native, box, rotated-box, polygon, mask"), refused::getMessage);
    }

    /// The page's examples, and its table of keys.
    @Test
    void page_saysWhatIsRead() throws IOException {
        String page = Files.readString(PAGE);
        int examples = 0;
        Matcher example = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(page);
        while (example.find()) {
            var _ = read(example.group(1));
            examples++;
        }
        assertTrue(examples > 0);
        List<String> keys = new ArrayList<>();
        Matcher row = Pattern.compile("(?m)^\\| `([A-Za-z]+)").matcher(page);
        while (row.find()) {
            if (!keys.contains(row.group(1))) {
                keys.add(row.group(1));
            }
        }
        assertEquals(ProjectDocument.keys(), keys);
    }
}
