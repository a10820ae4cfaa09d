package dev.firstpass.postprocess.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.tensor.ElementType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class LabelingCheckTest {
    private static LabelingSpec spec(
            Map<String, String> mapping,
            Map<String, Double> thresholds,
            Set<String> classes,
            Optional<GeometryKind> geometry) {
        return new LabelingSpec(
                "fields@1",
                mapping,
                Optional.empty(),
                thresholds,
                classes,
                300,
                geometry,
                Outlining.USUAL,
                MinimumSize.NONE);
    }

    private static LabelingCheck check(LabelingSpec spec, Map<String, String> ontology, String... labels) {
        return LabelingCheck.of(
                spec, model(List.of("dog", "", "cat", "cow"), ontology), GeometryKind.BOX, List.of(labels));
    }

    @Test
    void mapping_thatNamesOthers_isToldInBothDirections() {
        LabelingCheck check = check(
                spec(
                        Map.of("dog", "Hund", "cat", "Katze", "horse", "Pferd"),
                        Map.of("pig", 0.5),
                        Set.of(),
                        Optional.empty()),
                Map.of(),
                "Hund",
                "Kuh");

        assertEquals(List.of("cow"), check.unmapped());
        assertEquals(List.of("horse", "pig"), check.unknownClasses());
        assertEquals(List.of("Katze"), check.unknownLabels());
        assertEquals(List.of("Kuh"), check.unusedLabels());
        assertFalse(check.isFit());
    }

    @Test
    void classesThatAreLeftOut_areNotAFault_andThoseNotWantedAreNotMissed() {
        LabelingCheck some = check(spec(Map.of("dog", "Hund"), Map.of(), Set.of(), Optional.empty()), Map.of(), "Hund");
        assertEquals(List.of("cat", "cow"), some.unmapped());
        assertTrue(some.isFit());
        LabelingCheck wanted =
                check(spec(Map.of("dog", "Hund"), Map.of(), Set.of("dog"), Optional.empty()), Map.of(), "Hund");
        assertEquals(List.of(), wanted.unmapped());
    }

    @Test
    void withoutAMapping_theModelsOntologyIsHeldAgainstTheTool() {
        LabelingSpec none = spec(Map.of(), Map.of(), Set.of(), Optional.empty());
        assertEquals(List.of("cat", "cow"), check(none, Map.of(), "dog").unknownLabels());
        LabelingCheck mapped = check(none, Map.of("dog", "pet", "cat", "pet"), "pet");
        assertEquals(List.of(), mapped.unknownLabels());
        assertEquals(List.of("cow"), mapped.unmapped());
        assertEquals(List.of(), check(none, Map.of()).unknownLabels(), "nothing is said of labels that are not known");
    }

    @Test
    void geometryThatCannotBeHad_isAFault() {
        LabelingCheck lines = check(spec(Map.of(), Map.of(), Set.of(), Optional.of(GeometryKind.POLYLINE)), Map.of());
        assertEquals(Optional.of("polyline cannot be made of the model's box"), lines.geometry());
        assertFalse(lines.isFit());
        assertTrue(check(spec(Map.of(), Map.of(), Set.of(), Optional.of(GeometryKind.MASK)), Map.of())
                .isFit());
    }

    @Test
    void modelWithoutClasses_isHeldAgainstNothing() {
        LabelingCheck check = LabelingCheck.of(
                spec(Map.of("text", "Text"), Map.of(), Set.of(), Optional.empty()),
                model(List.of(), Map.of()),
                GeometryKind.POLYGON,
                List.of("Text"));
        assertTrue(check.isFit());
        assertEquals(List.of(), check.unusedLabels());
    }

    private static ModelSpec model(List<String> classes, Map<String, String> ontology) {
        InputSpec input = new InputSpec(
                "image",
                new SizeRule.Fixed(new ImageSize(8, 8)),
                InputSpec.Resize.STRETCH,
                InputSpec.Sampling.HALF_PIXEL,
                0,
                InputSpec.ColorOrder.GRAY,
                InputSpec.Layout.NCHW,
                ElementType.FLOAT32,
                1,
                List.of(0.0),
                List.of(1.0));
        return new ModelSpec(
                "ssd",
                List.of(new StageSpec(StageSpec.MAIN, input, Map.of(), 1)),
                classes,
                Thresholds.of(0.5),
                Suppression.STANDARD,
                ontology);
    }
}
