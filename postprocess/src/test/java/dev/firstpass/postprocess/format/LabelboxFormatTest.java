package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AnnotationIds;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.geometry.Rasterizer;
import dev.firstpass.postprocess.geometry.Rect;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

final class LabelboxFormatTest {
    @Test
    void write_everyKind_givesALineEachAndMoreForPartsAndJoints() {
        WrittenDataSet written = Samples.write("labelbox", Map.of(), Samples.everyKind());
        List<JsonNode> lines = JsonValues.all(written.content());
        // 11 annotations; the two parts and the two present joints add one each, the two classifications share one.
        assertEquals(12, lines.size());
        assertEquals(
                Map.of(
                        "rotated-box-to-polygon", 1,
                        "polygon-parts-to-lines", 1,
                        "polygon-with-holes-to-mask", 1,
                        "keypoints-to-points", 1),
                written.report().converted());
        assertEquals(Map.of("radio-has-one-answer", 1), written.report().leftOut());
        Set<String> ids = new HashSet<>();
        for (JsonNode line : lines) {
            assertTrue(ids.add(line.get("uuid").asText()), line.toString());
            assertEquals("{\"globalKey\":\"sheet.png\"}", line.get("dataRow").toString());
        }
    }

    @Test
    void write_aBox_isInPixels() {
        JsonNode line = only(Samples.BOX);
        assertEquals(
                "{\"top\":4.5,\"left\":3.25,\"height\":10.0625,\"width\":20.125}",
                line.get("bbox").toString());
        assertEquals("cat", line.get("name").asText());
        assertEquals(0.91, line.get("confidence").asDouble());
        Prelabels prelabels = Samples.everyKind();
        UUID id = AnnotationIds.of(prelabels.provenance(), prelabels.asset(), Samples.BOX.candidate());
        assertEquals(id.toString(), line.get("uuid").asText());
    }

    @Property(tries = 200)
    void write_anyBox_isReadBackWithinAHundredthOfAPixel(
            @ForAll @DoubleRange(min = 0, max = 60_000) double x,
            @ForAll @DoubleRange(min = 0, max = 60_000) double y,
            @ForAll @DoubleRange(min = 0, max = 60_000) double width,
            @ForAll @DoubleRange(min = 0, max = 60_000) double height) {
        Rect box = new Rect(x, y, width, height);
        JsonNode written = only(Samples.box(0, box)).get("bbox");
        FirstpassFormatTest.assertClose(
                box,
                new Rect(
                        written.get("left").asDouble(),
                        written.get("top").asDouble(),
                        written.get("width").asDouble(),
                        written.get("height").asDouble()));
    }

    @Test
    void write_aMask_isAPngOfTheWholeAsset() throws IOException {
        GreyPngTest.assertSame(
                Samples.MASK.runs().toBitMask(),
                only(Samples.MASK).at("/mask/png").binaryValue());
    }

    @Test
    void write_aPolygonWithAHole_isAMaskWithTheHole() throws IOException {
        GreyPngTest.assertSame(
                Rasterizer.rasterize(Samples.FRAME.parts(), Samples.SIZE),
                only(Samples.FRAME).at("/mask/png").binaryValue());
    }

    @Test
    void write_aPolygonWithAHoleToBeFilled_isItsOuterRing() {
        WrittenDataSet written = Samples.write("labelbox", Map.of("holes", "fill"), Samples.prelabels(Samples.FRAME));
        assertEquals(4, JsonValues.one(written.content()).get("polygon").size());
        assertEquals(Map.of("polygon-holes-filled", 1), written.report().converted());
    }

    @Test
    void write_partsAndJoints_haveTheSameIdsEachTime() {
        byte[] once = Samples.write("labelbox", Map.of(), Samples.prelabels(Samples.TWO_PARTS, Samples.KEYPOINTS))
                .content();
        byte[] joints = Samples.write("labelbox", Map.of(), Samples.prelabels(Samples.KEYPOINTS))
                .content();
        List<JsonNode> lines = JsonValues.all(once);
        assertEquals(lines.subList(2, 4), JsonValues.all(joints));
        assertEquals("left eye", lines.get(3).get("name").asText());
        assertEquals("{\"x\":47,\"y\":18}", lines.get(3).get("point").toString());
    }

    @Test
    void write_classifications_answerAsARadioWithTheBest() {
        Prelabels prelabels = Samples.prelabels(Samples.OUTDOOR, Samples.SUNNY);
        JsonNode line = JsonValues.one(Samples.write("labelbox", Map.of("classification", "scene"), prelabels)
                .content());
        assertEquals("scene", line.get("name").asText());
        assertEquals(
                "{\"name\":\"sunny\",\"confidence\":0.97}", line.get("answer").toString());
    }

    @Test
    void write_classifications_answerAsAChecklistWithAll() {
        Prelabels prelabels = Samples.prelabels(Samples.OUTDOOR, Samples.SUNNY);
        WrittenDataSet written = Samples.write("labelbox", Map.of("answer", "checklist"), prelabels);
        assertEquals(FormatReport.NOTHING, written.report());
        assertEquals(
                "[{\"name\":\"sunny\",\"confidence\":0.97},{\"name\":\"outdoor\",\"confidence\":0.62}]",
                JsonValues.one(written.content()).get("answer").toString());
    }

    @Test
    void write_attributes_areNestedTextAnswers() {
        assertEquals(
                "[{\"name\":\"script\",\"answer\":\"latin\"},{\"name\":\"text\",\"answer\":\"GÖ \\\"7\\\"\"}]",
                only(Samples.PLATE).get("classifications").toString());
        assertFalse(only(Samples.BOX).has("classifications"));
    }

    @Test
    void write_moreThan5000OfOneName_leavesTheRestOutPerAsset() {
        List<Annotation> many = new ArrayList<>();
        for (int i = 0; i < 5003; i++) {
            many.add(Samples.box(i, new Rect(i, 0, 1, 1)));
        }
        WrittenDataSet written = Samples.write("labelbox", Map.of(), Samples.prelabels(many), Samples.prelabels(many));
        assertEquals(Map.of("over-5000-per-name", 6), written.report().leftOut());
        assertEquals(10_000, JsonValues.all(written.content()).size());
    }

    @Test
    void begin_aDataRowId_isWrittenInsteadOfTheKey() {
        String id = "c".repeat(25);
        JsonNode line =
                JsonValues.one(Samples.write("labelbox", Map.of("dataRowId", id), Samples.prelabels(Samples.BOX))
                        .content());
        assertEquals("{\"id\":\"" + id + "\"}", line.get("dataRow").toString());
    }

    @Test
    void begin_aKeyMadeOfTheId_isFilledInPerAsset() {
        List<JsonNode> lines = JsonValues.all(Samples.write(
                        "labelbox",
                        Map.of("globalKey", "batch-1/{id}"),
                        Samples.dataSet().toArray(Prelabels[]::new))
                .content());
        assertEquals(
                "batch-1/sheet.png", lines.getFirst().at("/dataRow/globalKey").asText());
        assertEquals(
                "batch-1/fields/größe 2.jpg",
                lines.getLast().at("/dataRow/globalKey").asText());
    }

    @Test
    void write_aSecondAssetUnderTheSameKey_isRefused() {
        FormatOptionException refusal = assertThrows(
                FormatOptionException.class,
                () -> Samples.write("labelbox", Map.of("globalKey", "k"), Samples.everyKind(), Samples.second()));
        assertEquals("globalKey", refusal.option());
    }

    @Test
    void begin_aDataRowIdOfTheWrongLengthOrBesideAKey_isRefused() {
        for (Map<String, String> wrong :
                List.of(Map.of("dataRowId", "short"), Map.of("dataRowId", "c".repeat(25), "globalKey", "k"))) {
            FormatOptionException refusal =
                    assertThrows(FormatOptionException.class, () -> Samples.write("labelbox", wrong, Samples.second()));
            assertEquals("dataRowId", refusal.option());
        }
    }

    private static JsonNode only(Annotation annotation) {
        return JsonValues.one(Samples.write("labelbox", Map.of(), Samples.prelabels(annotation))
                .content());
    }
}
