package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.Test;

/// What CVAT, Supervisely, Darwin, Encord, LabelMe and GeoJSON have of a few shapes: the vectors that their own code gave.
final class ToolFormatsTest {
    /// Rows `0110/0111/0000`.
    private static final Annotation.Mask VECTOR =
            new Annotation.Mask(new Candidate(0, "road", 0.5), RunLengths.of(Samples.mask("0110", "0111", "0000")));

    private static final Annotation.RotatedBox TURNED =
            new Annotation.RotatedBox(new Candidate(0, "ship", 0.5), new RotatedRect(400, 200, 120, 40, 30));

    private static Prelabels asset(int width, int height, Annotation... annotations) {
        return new Prelabels(
                new AssetInfo("a.jpg", new ImageSize(width, height), "sha256:" + "cd".repeat(32)),
                Samples.PROVENANCE,
                List.of(annotations),
                List.of());
    }

    private static JsonNode json(String format, Map<String, String> options, Prelabels prelabels) {
        return JsonValues.one(Samples.write(format, options, prelabels).content());
    }

    private static String text(String format, Map<String, String> options, Prelabels prelabels) {
        return new String(Samples.write(format, options, prelabels).content(), StandardCharsets.UTF_8);
    }

    private static byte[] entry(WrittenDataSet written, String name) {
        return Optional.ofNullable(written.entries().get(name)).orElseThrow();
    }

    @Test
    void cvat_mask_isItsCropAndTheLastColumnAndRow() {
        JsonNode shape = json("cvat", Map.of(), asset(4, 3, VECTOR)).get(0);

        assertEquals("[1,1,0,1,1,1,1,0,3,1]", shape.get("mask").toString());
        assertEquals("mask", shape.get("type").asText());
        assertEquals("0.5", shape.get("confidence").textValue());
        assertTrue(shape.get("points").size() >= 8, shape.toString());
    }

    @Test
    void cvat_turnedBox_isUprightWithARotation() {
        JsonNode shape = json("cvat", Map.of(), asset(1000, 500, TURNED)).get(0);

        assertEquals("[340,180,460,220]", shape.get("points").toString());
        assertEquals(30, shape.get("rotation").asDouble());
    }

    @Test
    void cvat_scoreAttribute_hasTheScoreAsText() {
        JsonNode shape = json("cvat", Map.of("scoreAttribute", "confidence"), asset(64, 48, Samples.PLATE))
                .get(0);

        assertEquals(
                "[{\"name\":\"confidence\",\"value\":\"0.333333\"},{\"name\":\"script\",\"value\":\"latin\"},"
                        + "{\"name\":\"text\",\"value\":\"GÖ \\\"7\\\"\"}]",
                shape.get("attributes").toString());
        assertFalse(json("cvat", Map.of(), asset(64, 48, Samples.BOX)).get(0).has("attributes"));
    }

    @Test
    void cvat_parts_areOfOneGroup() {
        JsonNode shapes = json("cvat", Map.of(), asset(64, 48, Samples.TWO_PARTS, Samples.TRIANGLE));

        assertEquals(3, shapes.size());
        assertEquals(1, shapes.at("/0/group_id").asInt());
        assertEquals(1, shapes.at("/1/group_id").asInt());
        assertFalse(shapes.get(2).has("group_id"));
    }

    @Test
    void cvatXml_maskAndTurnedBox_areAsCvatHasThem() {
        String mask = text("cvat.xml", Map.of(), asset(4, 3, VECTOR));
        String box = text("cvat.xml", Map.of(), asset(1000, 500, TURNED));

        assertTrue(mask.contains("rle=\"0, 2, 1, 3\" left=\"1\" top=\"0\" width=\"3\" height=\"2\""), mask);
        assertTrue(box.contains("xtl=\"340\" ytl=\"180\" xbr=\"460\" ybr=\"220\" rotation=\"30\""), box);
        assertTrue(box.contains("<attribute name=\"confidence\">0.5</attribute>"), box);
        assertTrue(box.contains("<image id=\"0\" name=\"a.jpg\" width=\"1000\" height=\"500\">"), box);
    }

    @Test
    void cvatXml_nameOfTheScoreTaken_isCounted() {
        Annotation.Box box =
                new Annotation.Box(new Candidate(0, "a\nb", 1, Map.of("confidence", "low")), new Rect(1, 1, 2, 2));
        WrittenDataSet written = Samples.write("cvat.xml", Map.of(), asset(8, 8, box));

        assertEquals(
                Map.of("attribute-name-taken", 1, "letter-not-in-xml", 1),
                written.report().converted());
        assertTrue(new String(written.content(), StandardCharsets.UTF_8).contains("label=\"a?b\""));
    }

    @Test
    void supervisely_bitmap_isACompressedPngOfOneBit() throws IOException {
        JsonNode bitmap = supervisely(asset(4, 3, VECTOR)).at("/objects/0/bitmap");
        byte[] png = new InflaterInputStream(
                        new ByteArrayInputStream(bitmap.get("data").binaryValue()))
                .readAllBytes();

        assertEquals("[1,0]", bitmap.get("origin").toString());
        PngReader.Header header = PngReader.header(new ByteArrayInputStream(png));
        assertEquals(new PngReader.Header(new ImageSize(3, 2), 1, 3), header);
        String chunks = new String(png, StandardCharsets.ISO_8859_1);
        assertTrue(chunks.contains("PLTE\0\0\0\u00ff\u00ff\u00ff"), "palette");
        assertTrue(chunks.contains("\0\0\0\1tRNS\0"), "transparency");
        assertEquals(
                RunLengths.of(Samples.mask("110", "111")),
                RunLengths.of(CroppedMask.ofPng(png, 0, 0).pixels()));
    }

    private static JsonNode supervisely(Prelabels prelabels) {
        return JsonValues.one(entry(Samples.write("supervisely", Map.of(), prelabels), "ds0/ann/a.jpg.json"));
    }

    @Test
    void supervisely_box_hasItsLastPixel() {
        Annotation.Box whole = new Annotation.Box(new Candidate(0, "cat", 1), new Rect(2, 3, 10, 5));
        // The example of Supervisely's own documentation: top 1.55, left 1.74, bottom 4.63, right 3.76.
        Annotation.Box between = new Annotation.Box(new Candidate(1, "cat", 1), Rect.ofCorners(1.74, 1.55, 3.76, 4.63));
        WrittenDataSet written = Samples.write("supervisely", Map.of(), asset(64, 48, whole, between));
        JsonNode objects = supervisely(asset(64, 48, whole, between)).get("objects");

        assertEquals("[[2,3],[11,7]]", objects.at("/0/points/exterior").toString());
        assertEquals("[[2,1],[3,4]]", objects.at("/1/points/exterior").toString());
        assertEquals(Map.of("floored-to-pixels", 1), written.report().converted());
        assertTrue(objects.at("/0/nnCreated").asBoolean()
                && objects.at("/0/nnUpdated").asBoolean());
    }

    @Test
    void supervisely_meta_hasClassesAndTags() {
        WrittenDataSet written = Samples.write("supervisely", Map.of(), Samples.everyKind(), Samples.second());
        JsonNode meta = JsonValues.one(entry(written, "meta.json"));

        assertEquals("cat", meta.at("/classes/0/title").asText());
        assertEquals("rectangle", meta.at("/classes/0/shape").asText());
        assertEquals(
                "any",
                JsonValues.where(meta.get("classes"), "title", "leaf")
                        .getFirst()
                        .get("shape")
                        .asText());
        JsonNode person =
                JsonValues.where(meta.get("classes"), "title", "person").getFirst();
        assertEquals("graph", person.get("shape").asText());
        assertEquals(
                "left eye", person.at("/geometry_config/nodes/left eye/label").asText());
        assertEquals(
                "any_number",
                JsonValues.where(meta.get("tags"), "name", "confidence")
                        .getFirst()
                        .get("value_type")
                        .asText());
        assertEquals(
                "any_string",
                JsonValues.where(meta.get("tags"), "name", "text")
                        .getFirst()
                        .get("value_type")
                        .asText());
        assertTrue(
                written.entries().containsKey("fields/ann/größe 2.jpg.json"),
                () -> written.entries().keySet().toString());
    }

    @Test
    void supervisely_polyline_isALine() {
        WrittenDataSet written = Samples.write("supervisely", Map.of(), asset(64, 48, Samples.POLYLINE));

        assertEquals(
                "line",
                JsonValues.one(entry(written, "ds0/ann/a.jpg.json"))
                        .at("/objects/0/geometryType")
                        .asText());
        assertEquals(
                "line",
                JsonValues.where(JsonValues.one(entry(written, "meta.json")).get("classes"), "title", "edge")
                        .getFirst()
                        .get("shape")
                        .asText());
    }

    @Test
    void supervisely_tagNames_haveOneType() {
        Annotation.Box box =
                new Annotation.Box(new Candidate(0, "cat", 1, Map.of("sunny", "no")), new Rect(1, 1, 2, 2));
        FormatReport report = Samples.write("supervisely", Map.of(), asset(64, 48, Samples.SUNNY, box))
                .report();

        assertEquals(Map.of("tag-name-taken", 1), report.converted());
    }

    @Test
    void darwin_rasterLayer_isAlongTheRows() {
        JsonNode annotations = json("darwin", Map.of(), asset(4, 3, VECTOR)).get("annotations");
        JsonNode layer = annotations.at("/1/raster_layer");

        assertEquals("[0,1,1,2,0,2,1,3,0,4]", layer.get("dense_rle").toString());
        assertEquals(12, layer.get("total_pixels").asInt());
        assertEquals("__raster_layer__", annotations.at("/1/name").asText());
        assertEquals(
                1,
                layer.get("mask_annotation_ids_mapping")
                        .get(annotations.at("/0/id").asText())
                        .asInt());
        assertEquals("{\"sparse_rle\":null}", annotations.at("/0/mask").toString());
    }

    @Test
    void darwin_masksThatOverlap_areCut() {
        Annotation.Mask better =
                new Annotation.Mask(new Candidate(1, "road", 0.9), RunLengths.of(Samples.mask("0100", "0100", "0000")));
        Annotation.Mask hidden =
                new Annotation.Mask(new Candidate(2, "road", 0.1), RunLengths.of(Samples.mask("0100", "0000", "0000")));
        WrittenDataSet written = Samples.write("darwin", Map.of(), asset(4, 3, VECTOR, better, hidden));

        assertEquals(Map.of("overlap-cut", 1), written.report().converted());
        assertEquals(Map.of("overlap-hidden", 1), written.report().leftOut());
        assertEquals(
                "[0,1,2,1,1,1,0,2,2,1,1,2,0,4]",
                JsonValues.one(written.content())
                        .at("/annotations/2/raster_layer/dense_rle")
                        .toString());
    }

    @Test
    void darwin_ringsOfAPart_arePaths() {
        JsonNode annotation =
                json("darwin", Map.of(), asset(64, 48, Samples.FRAME)).at("/annotations/0");

        assertEquals(2, annotation.at("/polygon/paths").size());
        assertEquals("{\"x\":15,\"y\":25}", annotation.at("/polygon/paths/1/0").toString());
        assertEquals(
                "{\"h\":20,\"w\":20,\"x\":10,\"y\":20}",
                annotation.get("bounding_box").toString());
        assertEquals(0.65, annotation.at("/inference/confidence").asDouble());
    }

    @Test
    void encord_bitmask_isInCocosLettersAlongTheRows() {
        JsonNode object = json("encord", Map.of(), asset(4, 3, VECTOR)).at("/0/data_units/a.jpg/labels/objects/0");

        assertEquals(
                "{\"top\":0,\"left\":0,\"height\":3,\"width\":4,\"rleString\":\"12212\"}",
                object.get("bitmask").toString());
        assertEquals("bitmask", object.get("shape").asText());
        assertEquals(8, object.get("objectHash").asText().length());
        assertEquals("Thu, 1 Jan 1970 00:00:00 GMT", object.get("createdAt").asText());
    }

    @Test
    void encord_coordinates_areFractions() {
        JsonNode row = json("encord", Map.of("dataHash", "h-{id}"), asset(1000, 500, TURNED))
                .get(0);

        assertEquals(
                "{\"h\":0.08,\"w\":0.12,\"x\":0.34,\"y\":0.36,\"theta\":30}",
                row.at("/data_units/h-a.jpg/labels/objects/0/rotatableBoundingBox")
                        .toString());
        assertEquals("h-a.jpg", row.get("data_hash").asText());
    }

    @Test
    void encord_somethingElseThanRows_saysWhatIsExpected() {
        FilesInMemory files = new FilesInMemory().with("labels.json", "[1]");
        DataSetSource source = new DataSetSource(files, Optional.of("labels.json"), files, Optional.empty());

        assertEquals(
                "labels.json: ends early, or has something else than label rows (expected: an array of objects)",
                assertThrows(DataSetException.class, () -> new EncordReader().open(source))
                        .getMessage());
    }

    @Test
    void encord_answers_areTheBestOne() {
        WrittenDataSet written = Samples.write("encord", Map.of(), asset(64, 48, Samples.OUTDOOR, Samples.SUNNY));
        JsonNode row = JsonValues.one(written.content()).get(0);
        String hash = row.at("/data_units/a.jpg/labels/classifications/0/classificationHash")
                .asText();

        assertEquals(Map.of("radio-has-one-answer", 1), written.report().leftOut());
        assertEquals(
                "sunny",
                row.get("classification_answers")
                        .get(hash)
                        .at("/classifications/0/answers/0/name")
                        .asText());
    }

    @Test
    void labelme_mask_isACropBetweenItsFirstAndLastPixel() throws IOException {
        JsonNode file = json("labelme", Map.of(), asset(4, 3, VECTOR));

        assertEquals("[[1,0],[3,1]]", file.at("/shapes/0/points").toString());
        assertEquals(
                RunLengths.of(Samples.mask("110", "111")),
                RunLengths.of(CroppedMask.ofPng(
                                Base64.getDecoder()
                                        .decode(file.at("/shapes/0/mask").asText()),
                                0,
                                0)
                        .pixels()));
        assertTrue(file.get("imageData").isNull() && file.has("imageData"));
        assertEquals(0.5, file.at("/shapes/0/score").asDouble());
    }

    @Test
    void labelme_dialects_differInBoxesAndMasks() {
        Prelabels all = asset(64, 48, Samples.BOX, Samples.ROTATED_BOX, Samples.FRAME, Samples.MASK);
        JsonNode ours = json("labelme", Map.of(), all).get("shapes");
        WrittenDataSet written = Samples.write("labelme", Map.of("dialect", "x-anylabeling"), all);
        JsonNode theirs = JsonValues.one(written.content()).get("shapes");

        assertEquals(2, ours.at("/0/points").size());
        assertEquals(4, theirs.at("/0/points").size());
        assertEquals("oriented_rectangle", ours.at("/1/shape_type").asText());
        assertEquals("rotation", theirs.at("/1/shape_type").asText());
        assertEquals(Math.PI / 6, theirs.at("/1/direction").asDouble(), 1e-6);
        assertEquals("mask", ours.at("/2/shape_type").asText());
        assertEquals("polygon", theirs.at("/2/shape_type").asText());
        assertEquals(
                Map.of("polygon-holes-bridged", 2, "mask-to-polygon", 1),
                written.report().converted());
        assertTrue(theirs.get(0).has("difficult") && theirs.get(0).has("kie_linking"));
        assertThrows(FormatOptionException.class, () -> json("labelme", Map.of("dialect", "other"), all));
    }

    @Test
    void geojson_rings_areClosedAndOriented() {
        JsonNode features = json("geojson", Map.of(), asset(64, 48, Samples.TRIANGLE, Samples.FRAME))
                .get("features");

        assertEquals(
                "[[[1,1],[9,1],[1,7],[1,1]]]",
                features.at("/0/geometry/coordinates").toString());
        JsonNode rings = features.at("/1/geometry/coordinates");
        assertTrue(turn(rings.get(0)) > 0, "outer rings run counter-clockwise");
        assertTrue(turn(rings.get(1)) < 0, "holes run clockwise");
        rings.forEach(ring -> assertEquals(ring.get(0), ring.get(ring.size() - 1)));
    }

    private static double turn(JsonNode ring) {
        double twice = 0;
        for (int i = 1; i < ring.size(); i++) {
            twice += ring.get(i - 1).get(0).asDouble() * ring.get(i).get(1).asDouble()
                    - ring.get(i).get(0).asDouble() * ring.get(i - 1).get(1).asDouble();
        }
        return twice;
    }

    @Test
    void geojson_world_isTheTransform() {
        JsonNode file =
                json("geojson", Map.of("geotransform", "8.5, 0.25, 0, 47, 0, -0.5"), asset(64, 48, Samples.TRIANGLE));
        JsonNode ring = file.at("/features/0/geometry/coordinates/0");

        assertEquals("world", file.get("space").asText());
        assertEquals("[8.5,0.25,0,47,0,-0.5]", file.get("geotransform").toString());
        assertEquals("[8.75,46.5]", ring.get(0).toString());
        assertTrue(turn(ring) > 0, ring.toString());
        assertArrayEquals(new double[] {8.75, 43.5}, JsonValues.doubles(ring.get(1)));
        for (String bad : List.of("1,2,3", "1,2,3,4,5,x", "0,1,0,0,0,0", "0,1,0,0,0,NaN")) {
            assertThrows(
                    FormatOptionException.class,
                    () -> json("geojson", Map.of("geotransform", bad), asset(64, 48)),
                    bad);
        }
    }
}
