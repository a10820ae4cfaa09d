package dev.firstpass.postprocess.family;

import static dev.firstpass.postprocess.family.FamilyInputs.f32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.spec.Suppression;
import dev.firstpass.postprocess.spec.Thresholds;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SsdFamilyTest {
    private static final ModelFamily FAMILY = new SsdFamily();
    private static final ImageSize ROW = new ImageSize(300, 300);
    private static final ImageSize ASSET = new ImageSize(600, 400);
    private static final ImageTransform STRETCH = FamilyInputs.stretch(ASSET, ROW);
    private static final float[] MIDDLE = {.25f, .5f, .75f, 1f};

    @Test
    void interpret_stretchedRow_boxIsInAssetPixels() {
        List<Annotation> found = done(STRETCH, model("cat"), boxes(MIDDLE), scores(1, .9f));
        Annotation.Box box = (Annotation.Box) found.getFirst();
        assertEquals(new Rect(300, 100, 300, 200), box.box());
        assertEquals("cat", box.candidate().label());
        assertEquals(.9f, box.candidate().score());
    }

    /// A 600x400 asset letterboxed into 300x300: scale 0.5, 50 rows of padding above.
    @Test
    void interpret_letterboxedRow_paddingIsTakenOff() {
        ImageTransform letterbox = ImageTransform.scaling(ASSET, ROW, 0.5, 0.5, 0, 50);
        List<Annotation> found = done(letterbox, model("cat"), boxes(.5f, .5f, .75f, .75f), scores(1, .9f));
        assertEquals(new Rect(300, 200, 150, 150), found.getFirst().bounds().orElseThrow());
    }

    @Test
    void interpret_boxThatReachesOut_isCutAndOneOutsideIsLeftOut() {
        List<Annotation> found =
                done(STRETCH, model("cat"), boxes(-.5f, -.5f, .5f, .5f, 1.1f, 1.1f, 1.5f, 1.5f), scores(1, .6f, .9f));
        assertEquals(1, found.size());
        assertEquals(new Rect(0, 0, 300, 200), found.getFirst().bounds().orElseThrow());
    }

    @Test
    void interpret_index_isAnchorTimesClassesPlusClassAndGapsAreSkipped() {
        List<Annotation> found = done(
                STRETCH,
                model("cat", "", "dog"),
                boxes(0, 0, .2f, .2f, .5f, .5f, .9f, .9f),
                scores(3, 0, .99f, 0, .3f, .8f, .7f));
        assertEquals(List.of(5, 3), indices(found));
        assertEquals(
                List.of("dog", "cat"),
                found.stream().map(a -> a.candidate().label()).toList());
    }

    @Test
    void interpret_overlap_isSuppressedWithinAClassOnlyUnlessAgnostic() {
        float[] twice = {.1f, .1f, .5f, .5f, .1f, .1f, .5f, .5f};
        float[] scores = {.9f, .2f, .1f, .8f};
        assertEquals(List.of(0, 3), indices(done(STRETCH, model("cat", "dog"), boxes(twice), scores(2, scores))));
        ModelSpec agnostic = model(new Suppression(0.5, false, 300), "cat", "dog");
        assertEquals(List.of(0), indices(done(STRETCH, agnostic, boxes(twice), scores(2, scores))));
    }

    @Test
    void interpret_limit_keepsTheBest() {
        ModelSpec one = model(new Suppression(0.5, true, 1), "cat");
        List<Annotation> found = done(STRETCH, one, boxes(0, 0, .1f, .1f, .5f, .5f, .6f, .6f), scores(1, .6f, .7f));
        assertEquals(List.of(1), indices(found));
    }

    @Test
    void interpret_floor_isWhatTheRequestAsksForBelowItsUsualPlace() {
        Spec spec = new Spec(boxes(0, 0, .1f, .1f, .5f, .5f, .6f, .6f), scores(1, .04f, .06f));
        assertEquals(List.of(1), indices(spec.done(FamilyInputs.of(model("cat")))));
        assertEquals(List.of(1, 0), indices(spec.done(FamilyInputs.withThreshold(model("cat"), 0.01))));
    }

    @Test
    void interpret_boxesOfFourAxes_areRead() {
        FakeOutputs outputs = new FakeOutputs()
                .with("Postprocessor_Slice", Shape.of(1, 1, 1), .9f)
                .with("Postprocessor_ExpandDims_1", Shape.of(1, 1, 1, 4), MIDDLE);
        assertEquals(
                1,
                FamilyInputs.done(FAMILY, outputs, STRETCH, FamilyInputs.of(model("cat")))
                        .size());
    }

    @Test
    void interpret_fourClasses_needNamesOrTheManifest() {
        ModelSpec four = model("a", "b", "c", "d");
        float[] scores = {.1f, .2f, .9f, .3f};
        FakeOutputs said =
                new FakeOutputs().with("scores", Shape.of(1, 1, 4), scores).with("boxes", Shape.of(1, 1, 4), MIDDLE);
        assertEquals(
                2,
                indices(FamilyInputs.done(FAMILY, said, STRETCH, FamilyInputs.of(four)))
                        .getFirst());
        FakeOutputs silent =
                new FakeOutputs().with("o1", Shape.of(1, 1, 4), scores).with("o2", Shape.of(1, 1, 4), MIDDLE);
        assertThrows(
                OutputInvalidException.class, () -> FamilyInputs.done(FAMILY, silent, STRETCH, FamilyInputs.of(four)));
        ModelSpec told = new ModelSpec(
                "ssd",
                List.of(stage(Map.of("scores", "o1", "boxes", "o2"))),
                List.of("a", "b", "c", "d"),
                Thresholds.of(0.5),
                Suppression.STANDARD,
                Map.of());
        assertEquals(
                2,
                indices(FamilyInputs.done(FAMILY, silent, STRETCH, FamilyInputs.of(told)))
                        .getFirst());
    }

    @Test
    void interpret_outputThatTheManifestNamesButIsNotThere_isRefusedByName() {
        ModelSpec told = new ModelSpec(
                "ssd",
                List.of(stage(Map.of("scores", "nope"))),
                List.of("cat"),
                Thresholds.of(0.5),
                Suppression.STANDARD,
                Map.of());
        Spec spec = new Spec(boxes(MIDDLE), scores(1, .9f));
        OutputInvalidException refused =
                assertThrows(OutputInvalidException.class, () -> spec.done(FamilyInputs.of(told)));
        assertEquals(
                "output scores: no tensor nope (expected: one of [boxes [1,1,4], scores [1,1,1]])",
                refused.getMessage());
    }

    @Test
    void interpret_otherNumberOfClassesThanTheManifest_isRefused() {
        Spec spec = new Spec(boxes(MIDDLE), scores(1, .9f));
        OutputInvalidException refused =
                assertThrows(OutputInvalidException.class, () -> spec.done(FamilyInputs.of(model("cat", "dog"))));
        assertTrue(String.valueOf(refused.getMessage()).contains("expected: [1,1,2]"));
    }

    @Test
    void interpret_logits_areRefused() {
        Spec spec = new Spec(boxes(MIDDLE), scores(1, -3.5f));
        OutputInvalidException refused =
                assertThrows(OutputInvalidException.class, () -> spec.done(FamilyInputs.of(model("cat"))));
        assertTrue(String.valueOf(refused.getMessage()).contains("are these logits?"));
    }

    @Test
    void interpret_scoreJustAboveOne_isOne() {
        Spec spec = new Spec(boxes(MIDDLE), scores(1, 1.0000002f));
        assertEquals(
                1.0,
                spec.done(FamilyInputs.of(model("cat"))).getFirst().candidate().score());
    }

    @Test
    void interpret_severalRows_areSuppressedTogetherAndNumberedOn() {
        ImageTransform left = ImageTransform.scaling(ASSET, ROW, 1, 1, 0, 0);
        ImageTransform right = ImageTransform.scaling(ASSET, ROW, 1, 1, -100, 0);
        FakeOutputs first = outputs(boxes(.5f, .5f, .8f, .8f), scores(1, .7f));
        FakeOutputs second = outputs(boxes(.5f, 50 / 300f, .8f, 140 / 300f), scores(1, .9f));
        List<Annotation> found = FamilyInputs.done(FAMILY.interpret(
                List.of(new RowOutput(first, left), new RowOutput(second, right)), FamilyInputs.of(model("cat"))));
        assertEquals(List.of(1), indices(found));
        assertEquals(150, found.getFirst().bounds().orElseThrow().x(), 1e-4);
    }

    @Test
    void interpret_everyCandidateAtThresholdZero_endsWithTheLimit() {
        int anchors = 1917;
        Random random = new Random(7);
        float[] boxes = new float[4 * anchors];
        for (int i = 0; i < anchors; i++) {
            boxes[4 * i] = random.nextFloat() * .9f;
            boxes[4 * i + 1] = random.nextFloat() * .9f;
            boxes[4 * i + 2] = boxes[4 * i] + .1f;
            boxes[4 * i + 3] = boxes[4 * i + 1] + .1f;
        }
        float[] scores = new float[90 * anchors];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = random.nextFloat();
        }
        String[] classes = new String[90];
        for (int i = 0; i < 90; i++) {
            classes[i] = "c" + i;
        }
        Spec spec = new Spec(boxes(boxes), scores(90, scores));
        List<Annotation> found = spec.done(FamilyInputs.withThreshold(model(classes), 0));
        assertEquals(300, found.size());
        float best = 0;
        for (float score : scores) {
            best = Math.max(best, score);
        }
        assertEquals(best, found.getFirst().candidate().score());
    }

    @Test
    void recognise_openSizeAndNamelessClasses_asksForThem() {
        Recognition recognition = FAMILY.recognise(FamilyInputs.signature(
                        f32("image_tensor", -1, -1, -1, 3), Map.of(), f32("a", -1, 1917, 1, 4), f32("b", -1, 1917, 90)))
                .orElseThrow();
        assertTrue(recognition.questions().keySet().containsAll(List.of("classes", "input.size", "input.scale")));
        assertEquals(90, recognition.spec().classes().size());
        assertEquals(
                Map.of("boxes", "a", "scores", "b"),
                recognition.spec().firstStage().outputs());
        assertEquals(
                InputSpec.Layout.NHWC, recognition.spec().firstStage().input().layout());
    }

    @Test
    void recognise_namesInMetadata_areTheClasses() {
        Recognition recognition = FAMILY.recognise(FamilyInputs.signature(
                        f32("image", -1, 300, 300, 3),
                        Map.of("names", "{0: 'person', 2: \"cat\"}"),
                        f32("boxes", -1, 1917, 4),
                        f32("scores", -1, 1917, 3)))
                .orElseThrow();
        assertEquals(List.of("person", "", "cat"), recognition.spec().classes());
        assertEquals("metadata names", recognition.origins().get("classes"));
    }

    @Test
    void recognise_moreNamesThanColumns_saysSo() {
        Recognition recognition = FAMILY.recognise(FamilyInputs.signature(
                        f32("image", -1, 300, 300, 3),
                        Map.of("names", "['background', 'person', 'cat']"),
                        f32("boxes", -1, 1917, 4),
                        f32("scores", -1, 1917, 2)))
                .orElseThrow();
        assertEquals(List.of("0", "1"), recognition.spec().classes());
        assertEquals(
                "the file names 3 classes for 2 columns of scores; add `classes: [...]` with 2 labels",
                recognition.questions().get("classes"));
    }

    @Test
    void recognise_outputsThatDoNotBelongTogether_isEmpty() {
        assertTrue(FAMILY.recognise(FamilyInputs.signature(
                        f32("image", -1, 300, 300, 3), Map.of(), f32("a", -1, 10, 4), f32("b", -1, 11, 90)))
                .isEmpty());
    }

    @Test
    void check_noClasses_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> FAMILY.check(model()));
    }

    private record Spec(float[] boxes, Scores scores) {
        List<Annotation> done(FamilyInput input) {
            return FamilyInputs.done(FAMILY, outputs(boxes, scores), STRETCH, input);
        }
    }

    private record Scores(int classes, float[] values) {}

    private static List<Annotation> done(ImageTransform transform, ModelSpec model, float[] boxes, Scores scores) {
        return FamilyInputs.done(FAMILY, outputs(boxes, scores), transform, FamilyInputs.of(model));
    }

    private static FakeOutputs outputs(float[] boxes, Scores scores) {
        return new FakeOutputs()
                .with("boxes", Shape.of(1, boxes.length / 4, 4), boxes)
                .with("scores", Shape.of(1, boxes.length / 4, scores.classes), scores.values);
    }

    private static float[] boxes(float... yxyx) {
        return yxyx;
    }

    private static Scores scores(int classes, float... values) {
        return new Scores(classes, values);
    }

    private static List<Integer> indices(List<Annotation> found) {
        return found.stream().map(a -> a.candidate().index()).toList();
    }

    private static ModelSpec model(String... classes) {
        return model(Suppression.STANDARD, classes);
    }

    private static ModelSpec model(Suppression suppression, String... classes) {
        return new ModelSpec(
                "ssd", List.of(stage(Map.of())), List.of(classes), Thresholds.of(0.5), suppression, Map.of());
    }

    private static StageSpec stage(Map<String, String> outputs) {
        InputSpec input = new InputSpec(
                "image",
                new SizeRule.Fixed(ROW),
                InputSpec.Resize.STRETCH,
                InputSpec.Sampling.HALF_PIXEL,
                0,
                InputSpec.ColorOrder.RGB,
                InputSpec.Layout.NHWC,
                ElementType.FLOAT32,
                1,
                List.of(0.0, 0.0, 0.0),
                List.of(1.0, 1.0, 1.0));
        return new StageSpec(StageSpec.MAIN, input, outputs, 8);
    }
}
