package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.GeometryKind;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What is known of the formats from their tools' documents; the page docs/formats.md has all of it.
final class FormatMatrixTest {
    static List<LabelFormat> formats() {
        return LabelFormats.STANDARD;
    }

    @Test
    void firstpass_saysAll() {
        FormatMatrix.Row row = FormatMatrix.of(Samples.format("firstpass"));

        assertEquals(List.of(GeometryKind.values()), row.kinds());
        assertTrue(row.saysScores() && row.saysAttributes() && row.saysEmptyImages());
        assertFalse(row.saysUnusedClasses());
        assertEquals(Optional.of(true), row.saysJointScores());
        for (FormatMatrix.Shape shape : FormatMatrix.Shape.values()) {
            assertEquals(new FormatMatrix.Said.AsItIs(), row.of(shape), shape.title());
        }
    }

    @Test
    void coco_turnsHolesToRunLengthsAndHasNoLines() {
        FormatMatrix.Row row = FormatMatrix.of(Samples.format("coco"));

        assertEquals(
                List.of(GeometryKind.BOX, GeometryKind.POLYGON, GeometryKind.MASK, GeometryKind.KEYPOINTS),
                row.kinds());
        assertEquals(
                new FormatMatrix.Said.ByRules(List.of("polygon-with-holes-to-rle")),
                row.of(FormatMatrix.Shape.POLYGON_WITH_HOLES));
        assertEquals(new FormatMatrix.Said.LeftOut("polyline"), row.of(FormatMatrix.Shape.POLYLINE));
        assertTrue(row.saysScores() && row.saysAttributes() && row.saysEmptyImages() && row.saysUnusedClasses());
        assertEquals(Optional.of(false), row.saysJointScores());
    }

    @Test
    void labelbox_hasNothingForAnImageWithoutLabels() {
        FormatMatrix.Row row = FormatMatrix.of(Samples.format("labelbox"));

        assertFalse(row.saysEmptyImages() || row.saysUnusedClasses());
        assertTrue(row.saysScores() && row.saysAttributes() && row.isRead());
        assertEquals(
                new FormatMatrix.Said.ByRules(List.of("polygon-parts-to-lines")),
                row.of(FormatMatrix.Shape.POLYGON_OF_PARTS));
    }

    @Test
    void yolo_saysNeitherScoresNorAttributesByDefault() {
        FormatMatrix.Row row = FormatMatrix.of(Samples.format("yolo"));

        assertEquals(List.of(GeometryKind.BOX), row.kinds());
        assertFalse(row.saysScores() || row.saysAttributes());
        assertEquals(
                Optional.of(false), FormatMatrix.of(Samples.format("yolo.pose")).saysJointScores());
    }

    @ParameterizedTest
    @MethodSource("formats")
    void anyFormat_saysAtLeastOneKind(LabelFormat format) {
        assertFalse(FormatMatrix.of(format).kinds().isEmpty(), format.id());
    }
}
