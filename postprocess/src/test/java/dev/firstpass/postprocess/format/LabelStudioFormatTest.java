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
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rasterizer;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RotatedRect;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class LabelStudioFormatTest {
    @Test
    void write_dataSet_isATaskPerAsset() {
        JsonNode tasks = JsonValues.one(Samples.write("label-studio", Map.of(), Samples.everyKind(), Samples.second())
                .content());
        assertEquals(2, tasks.size());
        assertEquals("fields/größe 2.jpg", tasks.at("/1/data/image").asText());
        JsonNode prediction = tasks.at("/0/predictions/0");
        assertEquals("sampler@3+fields@2", prediction.get("model_version").asText());
        double mean = (0.91 + 0.8 + 0.75 + 0.7 + 0.65 + 0.6 + 0.55 + 0.5 + 0.97 + 1.0 / 3) / 10;
        assertEquals(mean, prediction.get("score").asDouble(), 1e-6);
        Set<String> ids = new HashSet<>();
        for (JsonNode region : prediction.get("result")) {
            assertTrue(ids.add(region.get("id").asText()), region.toString());
            assertEquals(64, region.get("original_width").asInt());
            assertEquals(48, region.get("original_height").asInt());
        }
    }

    @Test
    void write_everyKind_reportsItsRules() {
        FormatReport report =
                Samples.write("label-studio", Map.of(), Samples.everyKind()).report();
        assertEquals(
                Map.of(
                        "polygon-parts-to-regions",
                        1,
                        "polygon-with-holes-to-brush",
                        1,
                        "keypoints-to-joints-in-box",
                        1),
                report.converted());
        assertEquals(Map.of("choice-is-single", 1), report.leftOut());
    }

    @Test
    void write_nothing_isAPredictionWithoutAScore() {
        JsonNode prediction = JsonValues.one(Samples.write("label-studio", Map.of(), Samples.prelabels())
                        .content())
                .at("/0/predictions/0");
        assertEquals(0, prediction.get("result").size());
        assertFalse(prediction.has("score"));
    }

    @Property(tries = 200)
    void write_anyBox_isReadBackWithinAHundredthOfAPixel(
            @ForAll @IntRange(min = 1, max = 65_535) int width,
            @ForAll @IntRange(min = 1, max = 65_535) int height,
            @ForAll @DoubleRange(min = 0, max = 1) double x0,
            @ForAll @DoubleRange(min = 0, max = 1) double y0,
            @ForAll @DoubleRange(min = 0, max = 1) double x1,
            @ForAll @DoubleRange(min = 0, max = 1) double y1) {
        Rect box = Rect.ofCorners(x0 * width, y0 * height, x1 * width, y1 * height);
        JsonNode value =
                region(new ImageSize(width, height), Samples.box(0, box)).get("value");
        Rect read = new Rect(
                value.get("x").asDouble() * width / 100,
                value.get("y").asDouble() * height / 100,
                value.get("width").asDouble() * width / 100,
                value.get("height").asDouble() * height / 100);
        FirstpassFormatTest.assertClose(box, read);
        assertEquals(0, value.get("rotation").asDouble());
    }

    /// The corners by Label Studio's rule: from (x, y), turned about it.
    @Property(tries = 200)
    void write_anyRotatedBox_hasTheSameCorners(
            @ForAll @DoubleRange(min = 200, max = 800) double cx,
            @ForAll @DoubleRange(min = 150, max = 450) double cy,
            @ForAll @DoubleRange(min = 1, max = 250) double width,
            @ForAll @DoubleRange(min = 1, max = 250) double height,
            @ForAll @DoubleRange(min = -720, max = 720) double angle) {
        RotatedRect box = new RotatedRect(cx, cy, width, height, angle);
        ImageSize size = new ImageSize(1000, 600);
        JsonNode value = region(size, new Annotation.RotatedBox(new Candidate(0, "ship", 1), box))
                .get("value");
        double rotation = value.get("rotation").asDouble();
        assertTrue(rotation >= 0 && rotation <= 360, value.toString());
        double x = value.get("x").asDouble() * 10;
        double y = value.get("y").asDouble() * 6;
        double w = value.get("width").asDouble() * 10;
        double h = value.get("height").asDouble() * 6;
        double cos = Math.cos(Math.toRadians(rotation));
        double sin = Math.sin(Math.toRadians(rotation));
        List<Point> corners = List.of(
                new Point(x, y),
                new Point(x + w * cos, y + w * sin),
                new Point(x + w * cos - h * sin, y + w * sin + h * cos),
                new Point(x - h * sin, y + h * cos));
        for (Point expected : box.corners()) {
            assertTrue(
                    corners.stream()
                            .anyMatch(
                                    corner -> Math.hypot(corner.x() - expected.x(), corner.y() - expected.y()) < 0.01),
                    () -> expected + " is not among " + corners);
        }
    }

    @Test
    void write_aRotatedBoxWhoseFirstCornerIsBeyondTheImage_isGivenByAnother() {
        RotatedRect box = new RotatedRect(62, 24, 10, 30, 90);
        JsonNode value = region(Samples.SIZE, new Annotation.RotatedBox(new Candidate(0, "ship", 1), box))
                .get("value");
        assertEquals(270, value.get("rotation").asDouble(), 1e-6);
        assertEquals(47, value.get("x").asDouble() * 0.64, 1e-6);
        assertEquals(29, value.get("y").asDouble() * 0.48, 1e-6);
        assertEquals(10, value.get("width").asDouble() * 0.64, 1e-6);
    }

    @Test
    void write_aPolygon_isAClosedRingInPercent() {
        JsonNode region = region(Samples.SIZE, Samples.TRIANGLE);
        assertEquals("polygonlabels", region.get("type").asText());
        assertEquals("[\"leaf\"]", region.at("/value/polygonlabels").toString());
        assertTrue(region.at("/value/closed").asBoolean());
        List<Point> points = Samples.TRIANGLE.parts().getFirst().outer().points();
        for (int i = 0; i < points.size(); i++) {
            double[] percent = JsonValues.doubles(region.at("/value/points").get(i));
            assertArrayEquals(
                    new double[] {points.get(i).x() / 0.64, points.get(i).y() / 0.48}, percent, 1e-6);
        }
    }

    @Test
    void write_aMask_decodesToTheSamePixels() {
        assertBrush(Samples.MASK.runs().toBitMask(), region(Samples.SIZE, Samples.MASK));
    }

    @Test
    void write_aPolygonWithAHole_isABrushWithTheHole() {
        assertBrush(Rasterizer.rasterize(Samples.FRAME.parts(), Samples.SIZE), region(Samples.SIZE, Samples.FRAME));
    }

    @Test
    void write_aPolygonWithAHoleToBeFilled_isItsOuterRing() {
        WrittenDataSet written =
                Samples.write("label-studio", Map.of("holes", "fill"), Samples.prelabels(Samples.FRAME));
        JsonNode region = JsonValues.one(written.content()).at("/0/predictions/0/result/0");
        assertEquals(4, region.at("/value/points").size());
        assertEquals(Map.of("polygon-holes-filled", 1), written.report().converted());
    }

    @Test
    void write_aPolyline_isAnOpenVector() {
        JsonNode region = region(Samples.SIZE, Samples.POLYLINE);
        assertEquals("vectorlabels", region.get("type").asText());
        assertFalse(region.at("/value/closed").asBoolean(true));
        JsonNode vertices = region.at("/value/vertices");
        assertEquals(3, vertices.size());
        assertFalse(vertices.get(0).has("prevPointId"));
        assertEquals(vertices.at("/0/id"), vertices.at("/1/prevPointId"));
        assertEquals(100, vertices.at("/2/x").asDouble());
    }

    @Test
    void write_keypoints_areDotsInARectangle() {
        JsonNode result = JsonValues.one(Samples.write("label-studio", Map.of(), Samples.prelabels(Samples.KEYPOINTS))
                        .content())
                .at("/0/predictions/0/result");
        assertEquals(3, result.size());
        assertEquals("rectanglelabels", result.at("/0/type").asText());
        assertEquals("[\"nose\"]", result.at("/1/value/keypointlabels").toString());
        assertEquals("[\"left eye\"]", result.at("/2/value/keypointlabels").toString());
        assertEquals(result.at("/0/id"), result.at("/1/parentID"));
        assertEquals(45.5, result.at("/1/value/x").asDouble() * 0.64, 0.001);
    }

    @Test
    void write_classifications_areOneChoiceOrSeveral() {
        Prelabels prelabels = Samples.prelabels(Samples.OUTDOOR, Samples.SUNNY);
        WrittenDataSet single = Samples.write("label-studio", Map.of(), prelabels);
        assertEquals("[\"sunny\"]", choices(single));
        assertEquals(Map.of("choice-is-single", 1), single.report().leftOut());
        WrittenDataSet multiple = Samples.write("label-studio", Map.of("choice", "multiple"), prelabels);
        assertEquals("[\"sunny\",\"outdoor\"]", choices(multiple));
        assertEquals(FormatReport.NOTHING, multiple.report());
    }

    @Test
    void write_aBoxReachingOutOfTheImage_isCutAndCounted() {
        WrittenDataSet written =
                Samples.write("label-studio", Map.of(), Samples.prelabels(Samples.box(0, new Rect(-10, 24, 100, 100))));
        JsonNode value = JsonValues.one(written.content()).at("/0/predictions/0/result/0/value");
        assertArrayEquals(new double[] {0, 50, 100, 50}, new double[] {
            value.get("x").asDouble(),
            value.get("y").asDouble(),
            value.get("width").asDouble(),
            value.get("height").asDouble()
        });
        assertEquals(Map.of("clipped-to-image", 1), written.report().converted());
    }

    @Test
    void write_attributes_areMetaText() {
        assertEquals(
                "[\"script: latin\",\"text: GÖ \\\"7\\\"\"]",
                region(Samples.SIZE, Samples.PLATE).at("/meta/text").toString());
    }

    @Test
    void begin_names_areWrittenByType() {
        Map<String, String> options = Map.of(
                "from_name",
                "shapes",
                "from_name.brushlabels",
                "paint",
                "to_name",
                "photo",
                "data-key",
                "img",
                "image",
                "s3://bucket/{id}");
        JsonNode task = JsonValues.one(
                        Samples.write("label-studio", options, Samples.prelabels(Samples.BOX, Samples.MASK))
                                .content())
                .get(0);
        assertEquals("{\"img\":\"s3://bucket/sheet.png\"}", task.get("data").toString());
        JsonNode result = task.at("/predictions/0/result");
        assertEquals("shapes", result.at("/0/from_name").asText());
        assertEquals("paint", result.at("/1/from_name").asText());
        assertEquals("photo", result.at("/1/to_name").asText());
    }

    @Test
    void begin_noNames_areThoseOfTheTemplates() {
        JsonNode result = JsonValues.one(Samples.write("label-studio", Map.of(), Samples.everyKind())
                        .content())
                .at("/0/predictions/0/result");
        Map<String, String> expected = Map.of(
                "rectanglelabels", "label",
                "polygonlabels", "label",
                "brushlabels", "tag",
                "keypointlabels", "kp-1",
                "vectorlabels", "vector",
                "choices", "choice");
        for (Map.Entry<String, String> type : expected.entrySet()) {
            JsonNode region = JsonValues.where(result, "type", type.getKey()).getFirst();
            assertEquals(type.getValue(), region.get("from_name").asText());
        }
    }

    @Test
    void write_aSecondAssetWithTheSameImage_isRefused() {
        FormatOptionException refusal = assertThrows(
                FormatOptionException.class,
                () -> Samples.write("label-studio", Map.of("image", "a"), Samples.everyKind(), Samples.second()));
        assertEquals("image", refusal.option());
    }

    private static String choices(WrittenDataSet written) {
        return JsonValues.one(written.content())
                .at("/0/predictions/0/result/0/value/choices")
                .toString();
    }

    private static void assertBrush(BitMask mask, JsonNode region) {
        assertEquals("brushlabels", region.get("type").asText());
        assertEquals("rle", region.at("/value/format").asText());
        int[] rle = JsonValues.elements(region.at("/value/rle"))
                .mapToInt(JsonNode::asInt)
                .toArray();
        int[] alpha = BrushRleDecoder.alpha(rle, mask.size());
        for (int i = 0; i < alpha.length; i++) {
            int x = i % mask.size().width();
            int y = i / mask.size().width();
            assertEquals(mask.get(x, y) ? 255 : 0, alpha[i], "pixel " + x + "," + y);
        }
    }

    private static JsonNode region(ImageSize size, Annotation annotation) {
        Prelabels prelabels = new Prelabels(
                new AssetInfo("a.jpg", size, "sha256:00"), Samples.PROVENANCE, List.of(annotation), List.of());
        return JsonValues.one(Samples.write("label-studio", Map.of(), prelabels).content())
                .at("/0/predictions/0/result/0");
    }
}
