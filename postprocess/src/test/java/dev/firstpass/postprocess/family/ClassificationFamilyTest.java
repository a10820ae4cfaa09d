package dev.firstpass.postprocess.family;

import static dev.firstpass.postprocess.family.FamilyInputs.f32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the golden cases of `classification` do not show.
final class ClassificationFamilyTest {
    private static final ImageTransform SAME = FamilyInputs.stretch(new ImageSize(64, 64), new ImageSize(64, 64));

    private final ModelFamily family = new ClassificationFamily();

    private static ModelSpec spec(String names, Map<String, String> parameters, long columns) {
        return new ClassificationFamily()
                .recognise(FamilyInputs.signature(
                        f32("input", 1, 3, 64, 64), Map.of("names", names), f32("output", 1, columns)))
                .orElseThrow()
                .spec()
                .withParameters(parameters);
    }

    /// Label -> score, best first.
    private Map<String, Double> found(ModelSpec spec, double threshold, float... values) {
        FakeOutputs outputs = new FakeOutputs().with("output", Shape.of(1, values.length), values);
        Map<String, Double> found = new LinkedHashMap<>();
        for (Annotation one : FamilyInputs.done(family, outputs, SAME, FamilyInputs.withThreshold(spec, threshold))) {
            found.put(one.candidate().label(), one.candidate().score());
        }
        return found;
    }

    private OutputInvalidException refusal(ModelSpec spec, float... values) {
        return assertThrows(OutputInvalidException.class, () -> found(spec, 0, values));
    }

    @Test
    void interpret_logitsOfClasses_haveSoftmax() {
        Map<String, Double> found = found(spec("['a', 'b', 'c']", Map.of(), 3), 0, 1, 2, 4);

        assertEquals(List.of("c", "b", "a"), List.copyOf(found.keySet()));
        double sum = Math.exp(1) + Math.exp(2) + Math.exp(4);
        assertEquals(Math.exp(4) / sum, found.getOrDefault("c", 0.0), 1e-12);
        assertEquals(Math.exp(1) / sum, found.getOrDefault("a", 0.0), 1e-12);
    }

    @Test
    void interpret_numbersThatAddUpToOne_areProbabilitiesAlready() {
        ModelSpec spec = spec("['a', 'b', 'c']", Map.of(), 3);

        assertEquals(0.7f, found(spec, 0, .1f, .2f, .7f).getOrDefault("c", 0.0));
        assertEquals(0.7f, found(spec, 0, .1005f, .2f, .7f).getOrDefault("c", 0.0));
        // Within 0..1, but of another sum: logits.
        assertEquals(
                Math.exp(.7f) / (Math.exp(.1f) + Math.exp(.3f) + Math.exp(.7f)),
                found(spec, 0, .1f, .3f, .7f).getOrDefault("c", 0.0),
                1e-12);
        // Of sum 1, but said to be logits.
        ModelSpec logits = spec.withParameters(Map.of("gives", "logits"));
        assertEquals(
                Math.exp(.7f) / (Math.exp(.1f) + Math.exp(.2f) + Math.exp(.7f)),
                found(logits, 0, .1f, .2f, .7f).getOrDefault("c", 0.0),
                1e-12);
    }

    @Test
    void interpret_greatLogits_doNotOverflow() {
        assertEquals(
                1, found(spec("['a', 'b']", Map.of(), 2), .5, 3e38f, -3e38f).getOrDefault("a", 0.0));
    }

    @Test
    void interpret_labelsOfWhichAnyMayHold_areJudgedEachByItself() {
        ModelSpec spec = spec("['a', 'b', 'c', 'd', 'e']", Map.of("task", "multi-label"), 5);

        Map<String, Double> found = found(spec, .04, 2, 0, -2, 3, -9);
        assertEquals(List.of("d", "a", "b", "c"), List.copyOf(found.keySet()));
        assertEquals(1 / (1 + Math.exp(-2)), found.getOrDefault("a", 0.0), 1e-12);
        assertTrue(
                String.valueOf(refusal(spec, .1f, .9f, .8f, 0, 1).getMessage()).contains("gives: probabilities"));

        ModelSpec done = spec.withParameters(Map.of("task", "multi-label", "gives", "probabilities"));
        assertEquals(0.9f, found(done, 0, .1f, .9f, .8f, 0, 1).getOrDefault("b", 0.0));
        assertTrue(String.valueOf(refusal(done, 2, 0, 0, 0, 0).getMessage()).contains("are these logits"));
    }

    @Test
    void interpret_probabilitiesThatAddUpToMore_areRefusedWithTheMend() {
        ModelSpec spec = spec("['a', 'b']", Map.of("gives", "probabilities"), 2);

        assertTrue(String.valueOf(refusal(spec, .9f, .8f).getMessage()).contains("task: multi-label"));
    }

    @Test
    void interpret_groups_haveTheSumOfTheirClasses() {
        ModelSpec spec = spec(
                "['animal/pet/dog', 'animal/pet/cat', 'animal/cow', 'plant', '']",
                Map.of("separator", "/", "gives", "probabilities"),
                5);
        Map<String, Double> found = found(spec, 0, .3f, .2f, .25f, .15f, .1f);

        assertEquals(
                List.of("animal", "animal/pet", "animal/pet/dog", "animal/cow", "animal/pet/cat", "plant"),
                List.copyOf(found.keySet()));
        assertEquals(.75, found.getOrDefault("animal", 0.0), 1e-7);
        assertEquals(.5, found.getOrDefault("animal/pet", 0.0), 1e-7);
        assertEquals(
                List.of("animal/pet/dog", "animal/pet/cat", "animal/cow", "plant", "", "animal/pet", "animal"),
                family.labels(spec));
    }

    @Test
    void interpret_groupsOfLabelsOfWhichAnyMayHold_haveTheGreatest() {
        ModelSpec spec = spec(
                "['wet', 'fruit/ripe', 'fruit/torn']",
                Map.of("separator", "/", "task", "multi-label", "gives", "probabilities"),
                3);

        assertEquals(0.9f, found(spec, 0, .3f, .8f, .9f).getOrDefault("fruit", 0.0));
    }

    /// A class that is a group of others stands for both.
    @Test
    void interpret_classWithTheNameOfAGroup_isThatGroup() {
        ModelSpec spec = spec("['dog', 'dog/poodle', 'cat']", Map.of("separator", "/", "gives", "probabilities"), 3);
        Map<String, Double> found = found(spec, 0, .25f, .5f, .25f);

        assertEquals(Map.of("dog", .75, "dog/poodle", .5, "cat", .25), found);
    }

    @Test
    void interpret_top_countsOnEachLevel() {
        ModelSpec spec =
                spec("['a/x', 'a/y', 'b/z', 'c']", Map.of("separator", "/", "gives", "probabilities", "top", "1"), 4);

        assertEquals(Set.of("a", "b/z"), found(spec, 0, .3f, .25f, .35f, .1f).keySet());
    }

    /// Not a label as it is below the name: the index is what the label had before the threshold and the best were taken.
    @Test
    void interpret_anyThreshold_leavesIndicesAsTheyAre() {
        ModelSpec spec = spec("['a/x', 'b/y']", Map.of("separator", "/", "gives", "probabilities"), 2);
        FakeOutputs outputs = new FakeOutputs().with("output", Shape.of(1, 2), .02f, .98f);

        List<Integer> few = FamilyInputs.done(family, outputs, SAME, FamilyInputs.withThreshold(spec, .5)).stream()
                .map(one -> one.candidate().index())
                .toList();
        assertEquals(List.of(1, 3), few);
    }

    @ParameterizedTest
    @CsvSource({"logits, 0.8807970779778823", "probabilities, 0.25"})
    void interpret_singleNumberOfTwoClasses_isThatOfTheSecond(String gives, double second) {
        ModelSpec spec = spec("['no', 'yes']", Map.of("gives", gives), 1);
        Map<String, Double> found = found(spec, 0, gives.equals("logits") ? 2 : .25f);

        assertEquals(second, found.getOrDefault("yes", 0.0), 1e-12);
        assertEquals(1 - second, found.getOrDefault("no", 0.0), 1e-12);
    }

    @Test
    void interpret_otherNumberOfColumns_isRefused() {
        assertTrue(String.valueOf(
                        refusal(spec("['a', 'b']", Map.of(), 2), 1, 2, 3).getMessage())
                .contains("expected: [1,2]"));
    }

    @Test
    void interpret_mapsOfOneCell_areRead() {
        ModelSpec spec = spec("['a', 'b']", Map.of(), 2);
        FakeOutputs outputs = new FakeOutputs().with("output", Shape.of(1, 2, 1, 1), .25f, .75f);

        assertEquals(
                2,
                FamilyInputs.done(family, outputs, SAME, FamilyInputs.withThreshold(spec, 0))
                        .size());
    }

    @Test
    void recognise_withoutNames_asksAndIsUnsure() {
        Recognition recognition = family.recognise(
                        FamilyInputs.signature(f32("input", -1, 3, -1, -1), Map.of(), f32("output", -1, 1000)))
                .orElseThrow();

        assertEquals(
                Set.of("classes", "input.mean", "input.size"),
                recognition.questions().keySet());
        assertTrue(recognition.confidence() < .5);
        InputSpec input = recognition.spec().firstStage().input();
        assertEquals(InputSpec.Resize.CROP, input.resize());
        assertEquals(.875, input.crop());
    }

    @Test
    void recognise_channelsLast_isKerasAndAsksForTheScale() {
        Recognition recognition = family.recognise(FamilyInputs.signature(
                        f32("input_1", -1, 96, 96, 3), Map.of("names", "['no', 'yes']"), f32("dense", -1, 1)))
                .orElseThrow();

        assertEquals(
                Set.of("input.scale", "parameters.gives"),
                recognition.questions().keySet());
        assertEquals(Map.of("gives", "probabilities"), recognition.spec().parameters());
        assertEquals(
                InputSpec.Resize.STRETCH,
                recognition.spec().firstStage().input().resize());
    }

    @Test
    void recognise_severalOutputsOrNumbers_isNone() {
        assertTrue(family.recognise(FamilyInputs.signature(
                        f32("input", 1, 3, 64, 64), Map.of(), f32("age", 1, 100), f32("gender", 1, 2)))
                .isEmpty());
        assertTrue(family.recognise(FamilyInputs.signature(
                        f32("input", 1, 3, 64, 64),
                        Map.of(),
                        new TensorInfo("argmax", ElementType.INT64, Shape.of(1, 3))))
                .isEmpty());
    }

    @Test
    void checkOutputs_classesThatDoNotFit_areRefused() {
        ModelSpec spec = spec("['a', 'b']", Map.of(), 2);

        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> family.checkOutputs(spec, spec.firstStage(), List.of(f32("output", -1, 3))));
        assertEquals("classes: 2 (expected: 3, one per column of the scores)", refused.getMessage());
        family.checkOutputs(spec, spec.firstStage(), List.of(f32("output", -1, 1)));
    }
}
