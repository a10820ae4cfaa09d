package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AnnotationIds;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.annotation.Provenance;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.geometry.CocoRle;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

final class FirstpassFormatTest {
    @Test
    void write_severalAssets_givesOneLineEach() {
        byte[] content = Samples.write("firstpass", Map.of(), Samples.everyKind(), Samples.second())
                .content();
        List<String> lines = new String(content, StandardCharsets.UTF_8).lines().toList();
        assertEquals(2, lines.size());
        for (int i = 0; i < 2; i++) {
            byte[] alone = Samples.write(
                            "firstpass", Map.of(), Samples.dataSet().get(i))
                    .content();
            assertEquals(lines.get(i) + "\n", new String(alone, StandardCharsets.UTF_8));
        }
    }

    @Test
    void read_linesOfSeveralAssets_areAllOfThem() throws IOException {
        byte[] content = Samples.write(
                        "firstpass", Map.of(), Samples.everyKind(), Samples.prelabels(), Samples.second())
                .content();
        for (String name : List.of("labels.json", "labels.jsonl")) {
            FilesInMemory files = new FilesInMemory()
                    .with("images/sheet.png", "")
                    .with("images/fields/größe 2.jpg", "")
                    .with(name, content);
            LabelReader reader = LabelReaders.recognise(DataSetSource.of(files)).orElseThrow();
            LabeledDataSet data = reader.open(DataSetSource.of(files));

            assertEquals("firstpass", reader.id());
            assertEquals(
                    List.of("sheet.png", "sheet.png", "fields/größe 2.jpg"),
                    data.images().stream().map(LabeledImage::name).toList());
            assertEquals(
                    List.of(11, 0, 2),
                    List.of(
                            data.labels(data.images().get(0), Samples.SIZE).size(),
                            data.labels(data.images().get(1), Samples.SIZE).size(),
                            data.labels(data.images().get(2), new ImageSize(100, 37))
                                    .size()));
            assertEquals(
                    Optional.of("images/fields/größe 2.jpg"),
                    data.images().get(2).file());
        }
    }

    @Test
    void read_lineThatIsNone_isNamed() {
        String line = "{\"asset\": {\"id\": \"a.jpg\"}, \"annotations\": []}\n";
        FilesInMemory files = new FilesInMemory().with("labels.json", line + line + "[1]");
        LabelReader reader = Samples.format("firstpass").reader().orElseThrow();

        assertEquals(
                "labels.json, line 3: START_ARRAY (expected: an object)",
                assertThrows(DataSetException.class, () -> reader.open(DataSetSource.of(files)))
                        .getMessage());
    }

    @Test
    void read_visibilityThatIsNone_saysWhichThereAre() {
        ObjectNode joints =
                (ObjectNode) object(Samples.prelabels(Samples.KEYPOINTS)).at("/annotations/0");
        ((ObjectNode) joints.at("/keypoints/0")).put("visibility", "visifle");

        assertEquals(
                "visibility: \"visifle\" (expected: one of [VISIBLE, OCCLUDED, ABSENT])",
                assertThrows(IllegalArgumentException.class, () -> FirstpassReader.annotation(joints, 0))
                        .getMessage());
    }

    @Test
    void write_everyKind_namesTheGeometryAndItsBounds() {
        JsonNode annotations = object(Samples.everyKind()).get("annotations");
        Prelabels prelabels = Samples.everyKind();
        assertEquals(prelabels.annotations().size(), annotations.size());
        for (int i = 0; i < annotations.size(); i++) {
            Annotation annotation = prelabels.annotations().get(i);
            JsonNode written = annotations.get(i);
            assertEquals(annotation.kind().id(), written.get("type").asText());
            assertEquals(annotation.candidate().label(), written.get("label").asText());
            assertEquals(
                    AnnotationIds.of(prelabels.provenance(), prelabels.asset(), annotation.candidate())
                            .toString(),
                    written.get("id").asText());
            assertEquals(annotation.kind() != GeometryKind.CLASSIFICATION, written.has("box"));
            annotation.bounds().ifPresent(bounds -> {
                assertEquals(bounds.x(), written.at("/box/x").asDouble(), 0.0001);
                assertEquals(bounds.y(), written.at("/box/y").asDouble(), 0.0001);
                assertEquals(bounds.width(), written.at("/box/width").asDouble(), 0.0001);
                assertEquals(bounds.height(), written.at("/box/height").asDouble(), 0.0001);
            });
        }
    }

    @Test
    void write_aMask_givesCocoRunLengthsOfIt() {
        JsonNode mask = object(Samples.prelabels(Samples.MASK)).at("/annotations/0/mask");
        assertArrayEquals(new double[] {48, 64}, JsonValues.doubles(mask.get("size")));
        assertEquals(Samples.MASK.runs(), CocoRle.decode(mask.get("counts").asText(), new ImageSize(64, 48)));
    }

    @Test
    void write_aPolygonWithAHole_givesPartsOfRings() {
        JsonNode parts = object(Samples.prelabels(Samples.FRAME)).at("/annotations/0/polygon/parts");
        assertEquals(1, parts.size());
        assertEquals(2, parts.get(0).size());
        assertArrayEquals(new double[] {10, 20}, JsonValues.doubles(parts.at("/0/0/0")));
        assertArrayEquals(new double[] {15, 25}, JsonValues.doubles(parts.at("/0/1/0")));
    }

    @Test
    void write_joints_giveNoPlaceToAnAbsentOne() {
        JsonNode joints = object(Samples.prelabels(Samples.KEYPOINTS)).at("/annotations/0/keypoints");
        assertEquals("visible", joints.at("/0/visibility").asText());
        assertEquals(45.5, joints.at("/0/x").asDouble());
        assertEquals("absent", joints.at("/2/visibility").asText());
        assertFalse(joints.get(2).has("x"));
    }

    @Test
    void write_attributes_areSortedAndOnlyWhereThereAre() {
        JsonNode annotations =
                object(Samples.prelabels(Samples.PLATE, Samples.BOX)).get("annotations");
        assertEquals(
                "{\"script\":\"latin\",\"text\":\"GÖ \\\"7\\\"\"}",
                annotations.at("/0/attributes").toString());
        assertFalse(annotations.get(1).has("attributes"));
    }

    @Test
    void write_whatWasDropped_isListed() {
        JsonNode dropped = object(Samples.prelabels()).get("dropped");
        assertEquals(
                "[{\"reason\":\"BELOW_THRESHOLD\",\"count\":12},{\"reason\":\"LABEL_UNMAPPED\",\"count\":1}]",
                dropped.toString());
    }

    @Test
    void write_theProject_isReadBack_soThatOtherFormatsCanNameIt() {
        Prelabels prelabels = Samples.prelabels();
        JsonNode written = object(prelabels);
        assertEquals("fields@2", written.get("project").asText());
        assertEquals(
                "sampler@3+fields@2", FirstpassReader.read(written).provenance().versionString());

        Provenance own = prelabels.provenance();
        Provenance none = new Provenance(own.prediction(), own.model(), own.version(), own.digest(), own.family(), "");
        assertFalse(object(new Prelabels(prelabels.asset(), none, List.of(), List.of()))
                .has("project"));
    }

    @Property(tries = 200)
    void write_anyBox_isReadBackWithinAHundredthOfAPixel(
            @ForAll @DoubleRange(min = 0, max = 60_000) double x,
            @ForAll @DoubleRange(min = 0, max = 60_000) double y,
            @ForAll @DoubleRange(min = 0, max = 60_000) double width,
            @ForAll @DoubleRange(min = 0, max = 60_000) double height) {
        Rect box = new Rect(x, y, width, height);
        JsonNode written = object(Samples.prelabels(Samples.box(0, box))).at("/annotations/0/box");
        Rect read = new Rect(
                written.get("x").asDouble(),
                written.get("y").asDouble(),
                written.get("width").asDouble(),
                written.get("height").asDouble());
        assertClose(box, read);
    }

    static void assertClose(Rect expected, Rect actual) {
        double worst = Math.max(
                Math.max(Math.abs(expected.x() - actual.x()), Math.abs(expected.y() - actual.y())),
                Math.max(Math.abs(expected.right() - actual.right()), Math.abs(expected.bottom() - actual.bottom())));
        assertTrue(worst <= 0.01, () -> expected + " came back as " + actual);
    }

    private static JsonNode object(Prelabels prelabels) {
        return JsonValues.one(Samples.write("firstpass", Map.of(), prelabels).content());
    }
}
