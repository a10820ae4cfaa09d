package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.geometry.CocoRle;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CocoResultsFormatTest {
    @Test
    void write_boxFirst_makesAllDetectionsBoxes() {
        WrittenDataSet results = Samples.write("coco.results", Map.of(), Samples.everyKind());
        JsonNode detections = JsonValues.one(results.content());
        assertEquals(8, detections.size());
        assertTrue(JsonValues.elements(detections).allMatch(detection -> detection.has("bbox")));
        assertEquals(
                Map.of(
                        "rotated-box-to-box",
                        1,
                        "polygon-to-box",
                        3,
                        "mask-to-box",
                        1,
                        "keypoints-to-box",
                        1,
                        "attributes-left-out",
                        1),
                results.report().converted());
        assertEquals(
                Map.of("polyline", 1, "classification", 2), results.report().leftOut());
        assertEquals(
                "{\"image_id\":1,\"category_id\":1,\"bbox\":[3.25,4.5,20.125,10.0625],\"score\":0.91}",
                detections.get(0).toString());
    }

    @Test
    void write_maskFirst_makesAllDetectionsMasks() {
        Prelabels prelabels =
                Samples.prelabels(Samples.MASK, Samples.BOX, Samples.ROTATED_BOX, Samples.FRAME, Samples.KEYPOINTS);
        WrittenDataSet results = Samples.write("coco.results", Map.of(), prelabels);
        JsonNode detections = JsonValues.one(results.content());
        assertEquals(4, detections.size());
        List<Long> areas = JsonValues.elements(detections)
                .map(detection -> CocoRle.decode(
                                detection.at("/segmentation/counts").asText(), new ImageSize(64, 48))
                        .area())
                .toList();
        assertEquals(List.of(Samples.MASK.runs().area(), 200L, 160L, 300L), areas);
        assertEquals(
                Map.of("box-to-mask", 1, "rotated-box-to-mask", 1, "polygon-to-mask", 1),
                results.report().converted());
        assertEquals(
                Map.of("keypoints-among-segmentations", 1), results.report().leftOut());
    }

    @Test
    void write_keypointsAskedFor_leavesOutTheRest() {
        WrittenDataSet results = Samples.write("coco.results", Map.of("kind", "keypoints"), Samples.everyKind());
        JsonNode detections = JsonValues.one(results.content());
        assertEquals(1, detections.size());
        assertEquals(9, detections.at("/0/keypoints").size());
        assertEquals(
                Samples.everyKind().annotations().size() - 1,
                results.report().leftOut().values().stream()
                        .mapToInt(Integer::intValue)
                        .sum());
    }

    @Test
    void write_assets_areCountedUpEvenWhereOneHasNothing() {
        byte[] content = Samples.write(
                        "coco.results",
                        Map.of("image-id", "7"),
                        Samples.prelabels(),
                        Samples.prelabels(Samples.OUTDOOR),
                        Samples.second())
                .content();
        assertEquals(9, JsonValues.one(content).at("/0/image_id").asInt());
    }

    @Test
    void begin_unknownKind_isRefused() {
        FormatOptionException refusal = assertThrows(
                FormatOptionException.class,
                () -> Samples.write("coco.results", Map.of("kind", "boxes"), Samples.second()));
        assertEquals(
                "format option kind: boxes (expected: first or bbox or segmentation or keypoints)",
                refusal.getMessage());
    }
}
