package dev.firstpass.postprocess.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ComparisonTest {
    private static final Comparison.Tolerance TOLERANCE = new Comparison.Tolerance(0.9, 0.05);

    @Test
    void answer_asExpected_isMetWithItsFigures() {
        Comparison comparison = compare(
                List.of(scored("dog", 0.9, 0), scored("cat", 0.8, 100)),
                List.of(box("cat", 0.84, 100, 95), box("dog", 0.9, 0, 100)));
        assertTrue(comparison.isMet(), comparison::toString);
        assertEquals(
                List.of(
                        new Comparison.ClassFigures("cat", 1, 1, 1, 0.95, 0.84 - 0.8),
                        new Comparison.ClassFigures("dog", 1, 1, 1, 1, 0)),
                comparison.classes());
    }

    @Test
    void deviations_areToldWithPlaceAndWhatWasExpected() {
        assertEquals(
                List.of("dog at 0,0: score 0.700 (expected: 0.900 within 0.050)"),
                compare(List.of(scored("dog", 0.9, 0)), List.of(box("dog", 0.7, 0, 100)))
                        .deviations());
        assertEquals(
                List.of("dog at 0,0: best overlap 0.600 (expected: >= 0.900)"),
                compare(List.of(scored("dog", 0.9, 0)), List.of(box("dog", 0.9, 0, 60)))
                        .deviations());
        assertEquals(
                List.of(
                        "cat at 0,0: found with score 0.900 (expected: nothing there)",
                        "dog at 0,0: not found (expected: >= 0.900)"),
                compare(List.of(scored("dog", 0.9, 0)), List.of(box("cat", 0.9, 0, 100)))
                        .deviations());
    }

    @Test
    void label_nearItsThreshold_mayComeAndGo() {
        assertTrue(compare(List.of(scored("dog", 0.28, 0)), List.of()).isMet());
        assertTrue(compare(List.of(), List.of(box("dog", 0.28, 0, 100))).isMet());
        assertEquals(
                1,
                compare(List.of(scored("dog", 0.4, 0)), List.of()).deviations().size());
    }

    @Test
    void references_withoutScore_areComparedByShape() {
        List<Reference> references = References.read("""
                {"annotations": [{"type": "box", "label": "dog", "box": {"x": 0, "y": 0, "width": 100, "height": 100}}]}
                """.getBytes(StandardCharsets.UTF_8));
        assertTrue(compare(references, List.of(box("dog", 0.3, 0, 98))).isMet());
        assertEquals(1, compare(references, List.of()).deviations().size());
    }

    @Test
    void references_inNoKnownForm_areRefusedWithWhatWasExpected() {
        for (String bad : List.of("", "[]", "{\"annotations\": [{\"type\": \"blob\"}]}", "{\"annotations\": 3}")) {
            IllegalArgumentException refused = assertThrows(
                    IllegalArgumentException.class, () -> References.read(bad.getBytes(StandardCharsets.UTF_8)), bad);
            assertTrue(String.valueOf(refused.getMessage()).contains("expected"), refused::toString);
        }
        String many = "{\"annotations\": [" + "{},".repeat(References.MOST) + "{}]}";
        assertThrows(IllegalArgumentException.class, () -> References.read(many.getBytes(StandardCharsets.UTF_8)));
    }

    private static Comparison compare(List<Reference> expected, List<Annotation> found) {
        return Comparison.of(expected, found, TOLERANCE, _ -> 0.25);
    }

    private static Reference scored(String label, double score, double x) {
        return new Reference(box(label, score, x, 100), true);
    }

    private static Annotation box(String label, double score, double x, double width) {
        return AgreementTest.box(label, score, x, 0, width, 100);
    }
}
