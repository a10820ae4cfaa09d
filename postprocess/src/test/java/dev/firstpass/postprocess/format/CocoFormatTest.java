package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.CocoRle;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class CocoFormatTest {
    private static final JsonNode DATA_SET =
            JsonValues.one(Samples.write("coco", Map.of(), Samples.everyKind(), Samples.second())
                    .content());

    @Test
    void write_everyKind_leavesOutWhatCocoHasNoWordForAndSaysSo() {
        FormatReport report =
                Samples.write("coco", Map.of(), Samples.everyKind()).report();
        assertEquals(Map.of("polyline", 1, "classification", 2), report.leftOut());
        assertEquals(
                Map.of("rotated-box-to-polygon", 1, "polygon-with-holes-to-rle", 1, "joint-scores-left-out", 1),
                report.converted());
        int ofTheFirst =
                JsonValues.where(DATA_SET.get("annotations"), "image_id", "1").size();
        assertEquals(Samples.everyKind().annotations().size() - 3, ofTheFirst);
    }

    @Test
    void write_images_areListedInOrderWithTheirSizes() {
        assertEquals(
                "[{\"id\":1,\"file_name\":\"sheet.png\",\"width\":64,\"height\":48},"
                        + "{\"id\":2,\"file_name\":\"fields/größe 2.jpg\",\"width\":100,\"height\":37}]",
                DATA_SET.get("images").toString());
        assertEquals("sampler@3+fields@2", DATA_SET.at("/info/version").asText());
    }

    @Test
    void write_annotationIds_areUniqueAndBeginAtOne() {
        List<Integer> ids = JsonValues.elements(DATA_SET.get("annotations"))
                .map(annotation -> annotation.get("id").asInt())
                .toList();
        assertEquals(1, ids.getFirst());
        assertEquals(ids.size(), Set.copyOf(ids).size());
    }

    @Test
    void write_categories_areNumberedByClassIndexAndAppended() {
        Map<String, Integer> ids = JsonValues.elements(DATA_SET.get("categories"))
                .collect(Collectors.toMap(
                        category -> category.get("name").asText(),
                        category -> category.get("id").asInt()));
        assertEquals(Map.of("cat", 1, "ship", 2, "leaf", 3, "ring", 4, "road", 5, "person", 6, "plate", 7), ids);
        assertEquals(2, ofCategory(2).get("category_id").asInt());
        assertEquals(
                "[\"nose\",\"left eye\",\"right eye\"]",
                DATA_SET.at("/categories/5/keypoints").toString());
    }

    @Test
    void write_aClassNameGivenTwice_keepsTheIdsOfTheOthers() {
        FormatContext context = FormatContext.of(List.of("n/a", "cat", "n/a", "ship"));
        byte[] content = LabelFormats.write(
                        Samples.format("coco"), context, List.of(Samples.prelabels(Samples.ROTATED_BOX)))
                .content();
        assertEquals(4, JsonValues.one(content).at("/annotations/0/category_id").asInt());
    }

    @Test
    void write_aBox_hasNoSegmentation() {
        JsonNode box = ofCategory(1);
        assertArrayEquals(new double[] {3.25, 4.5, 20.125, 10.0625}, JsonValues.doubles(box.get("bbox")));
        assertEquals(20.125 * 10.0625, box.get("area").asDouble(), 0.0001);
        assertEquals(0, box.get("segmentation").size());
        assertEquals(0.91, box.get("score").asDouble());
        assertEquals(0, box.get("iscrowd").asInt(-1));
    }

    @Test
    void write_aPolygonOfTwoParts_hasTwoRings() {
        JsonNode twoParts = JsonValues.where(DATA_SET.get("annotations"), "category_id", "3")
                .get(1);
        assertEquals(2, twoParts.get("segmentation").size());
        assertArrayEquals(
                new double[] {52, 2, 60, 3, 55, 9.5},
                JsonValues.doubles(twoParts.get("segmentation").get(1)));
        assertArrayEquals(new double[] {40, 2, 20, 7.5}, JsonValues.doubles(twoParts.get("bbox")));
        assertEquals(60 + 28.5, twoParts.get("area").asDouble(), 0.0001);
    }

    @Test
    void write_aPolygonWithAHole_keepsTheHoleInRunLengths() {
        JsonNode frame = ofCategory(4);
        BitMask mask = decoded(frame).toBitMask();
        assertEquals(400 - 100, mask.area());
        assertFalse(mask.get(20, 30));
        assertEquals(300, frame.get("area").asInt());
    }

    @Test
    void write_aMask_decodesToTheSamePixels() {
        assertEquals(Samples.MASK.runs(), decoded(ofCategory(5)));
        assertArrayEquals(
                new double[] {30, 10, 34, 38}, JsonValues.doubles(ofCategory(5).get("bbox")));
    }

    @Property(tries = 200)
    void write_anyMask_decodesToTheSamePixels(
            @ForAll @IntRange(min = 1, max = 90) int width,
            @ForAll @IntRange(min = 1, max = 60) int height,
            @ForAll @IntRange(min = 1, max = 200) int meanRun,
            @ForAll long seed) {
        BitMask bits = BrushRleTest.random(width, height, meanRun, seed);
        bits.set(0, 0);
        RunLengths runs = RunLengths.of(bits);
        Annotation mask = new Annotation.Mask(new Candidate(0, "cat", 1), runs);
        JsonNode written = JsonValues.one(
                        Samples.write("coco", Map.of(), Samples.prelabels(mask)).content())
                .at("/annotations/0");
        assertEquals(runs, decoded(written));
        assertEquals(runs.area(), written.get("area").asLong());
    }

    @Test
    void write_keypoints_areTriplesInTheOrderOfTheirNames() {
        JsonNode person = ofCategory(6);
        assertArrayEquals(
                new double[] {45.5, 20.25, 2, 47, 18, 1, 0, 0, 0}, JsonValues.doubles(person.get("keypoints")));
        assertEquals(2, person.get("num_keypoints").asInt());
    }

    @Test
    void write_otherJointsThanTheCategorys_areLeftOut() {
        Annotation other = new Annotation.Keypoints(
                new Candidate(30, "person", 0.5),
                List.of(new Keypoint("tail", new Point(1, 1), Keypoint.Visibility.VISIBLE, 1)));
        FormatReport report = Samples.write("coco", Map.of(), Samples.prelabels(Samples.KEYPOINTS, other))
                .report();
        assertEquals(Map.of("other-joints-than-category", 1), report.leftOut());
    }

    @Test
    void write_attributes_areKept() {
        assertEquals("latin", ofCategory(7).at("/attributes/script").asText());
    }

    @Test
    void begin_firstIds_countUpFromThem() {
        Map<String, String> options = Map.of("image-id", "397133", "annotation-id", "50", "file-name", "s3://b/{id}");
        JsonNode dataSet = JsonValues.one(Samples.write("coco", options, Samples.everyKind(), Samples.second())
                .content());
        assertEquals(50, dataSet.at("/annotations/0/id").asInt());
        assertEquals(397133, dataSet.at("/annotations/0/image_id").asInt());
        assertEquals(397134, dataSet.at("/images/1/id").asInt());
        assertEquals("s3://b/sheet.png", dataSet.at("/images/0/file_name").asText());
    }

    @Test
    void begin_anIdThatIsNoNumber_isRefused() {
        for (String wrong : List.of("0", "-4", "1.5", "many")) {
            FormatOptionException refusal = assertThrows(
                    FormatOptionException.class,
                    () -> Samples.write("coco", Map.of("image-id", wrong), Samples.second()));
            assertEquals("format option image-id: " + wrong + " (expected: a number >= 1)", refusal.getMessage());
        }
    }

    private static JsonNode ofCategory(int id) {
        return JsonValues.where(DATA_SET.get("annotations"), "category_id", Integer.toString(id))
                .getFirst();
    }

    private static RunLengths decoded(JsonNode annotation) {
        JsonNode rle = annotation.get("segmentation");
        ImageSize size =
                new ImageSize(rle.at("/size/1").asInt(), rle.at("/size/0").asInt());
        return CocoRle.decode(rle.get("counts").asText(), size);
    }
}
