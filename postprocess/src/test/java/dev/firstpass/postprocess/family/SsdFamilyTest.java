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
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
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

    // --- Heads that are not decoded

    @Test
    void recognise_torchvisionsSsd300_hasItsAnchorsAndPixels() {
        Recognition found = recognised(
                f32("images", 1, 3, 300, 300),
                Map.of("names", "['__background__', 'person', 'cat']"),
                f32("cls_logits", 1, 8732, 3),
                f32("bbox_regression", 1, 8732, 4));
        assertEquals(Map.of(), found.questions());
        assertEquals(List.of("person", "cat"), found.spec().classes());
        assertEquals("softmax", found.spec().parameters().get("scores"));
        assertEquals("38, 19, 10, 5, 3, 1", found.spec().parameters().get("grids"));
        assertEquals(
                List.of(0.48235, 0.45882, 0.40784),
                found.spec().firstStage().input().mean());
        FAMILY.check(found.spec());
        FAMILY.checkOutputs(
                found.spec(),
                found.spec().firstStage(),
                List.of(f32("cls_logits", 1, 8732, 3), f32("bbox_regression", 1, 8732, 4)));
    }

    @Test
    void recognise_priorsAsThirdOutput_areTheAnchorsOfRowsOneByOne() {
        Recognition found = recognised(
                f32("input", -1, 3, 300, 300),
                Map.of(),
                f32("loc", -1, 8732, 4),
                f32("conf", -1, 8732, 21),
                f32("priors", 8732, 4));
        assertEquals(
                Map.of("boxes", "loc", "scores", "conf", "anchors", "priors"),
                found.spec().firstStage().outputs());
        assertEquals(1, found.spec().firstStage().maxBatch());
        assertEquals(Set.of("classes", "parameters.scores"), found.questions().keySet());
        assertEquals(20, found.spec().classes().size());
    }

    @Test
    void recognise_originalCodeForVoc_hasTheScalesOfVoc() {
        Recognition found =
                recognised(f32("input", 1, 3, 300, 300), Map.of(), f32("loc", 1, 8732, 4), f32("conf", 1, 8732, 21));
        assertEquals(
                "0.1, 0.2, 0.37, 0.54, 0.71, 0.88, 1.05",
                found.spec().parameters().get("scales"));
        FAMILY.check(found.spec());
    }

    @Test
    void recognise_whatTfliteTakes_isDecodedFromItsAnchors() {
        Recognition found = recognised(
                f32("normalized_input_image_tensor", 1, 300, 300, 3),
                Map.of("names", "['person', 'cat']"),
                f32("raw_outputs/box_encodings", 1, 1917, 4),
                f32("raw_outputs/class_predictions", 1, 1917, 3));
        assertEquals(Map.of(), found.questions());
        assertEquals("yx-deltas", found.spec().parameters().get("boxes"));
        assertEquals("tensorflow", found.spec().parameters().get("order"));
        assertEquals(
                List.of(127.5, 127.5, 127.5), found.spec().firstStage().input().mean());
    }

    @Test
    void recognise_unknownNumberOfDeltas_asksForTheGrids() {
        Recognition found = recognised(
                f32("images", 1, 3, 320, 320),
                Map.of("names", "['background', 'cat']"),
                f32("cls_logits", 1, 2034, 2),
                f32("bbox_regression", 1, 2034, 4));
        assertTrue(found.questions().containsKey("parameters.grids"));
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> FAMILY.checkOutputs(
                        found.spec(),
                        found.spec().firstStage(),
                        List.of(f32("cls_logits", 1, 2034, 2), f32("bbox_regression", 1, 2034, 4))));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("parameters.grids: missing"));
    }

    @Test
    void recognise_pytorchYolov4_hasNoBackground() {
        Recognition found = recognised(
                f32("input", 1, 3, 416, 416),
                Map.of("names", "['person', 'cat']"),
                f32("boxes", 1, 10647, 1, 4),
                f32("confs", 1, 10647, 2));
        assertEquals(Map.of(), found.questions());
        assertEquals(Map.of("boxes", "xyxy"), found.spec().parameters());
    }

    /// A list of labels as it lies beside a model, the background's among them or not, means the same.
    @Test
    void interpret_aColumnMoreThanClassesOrOneOfTheBackground_isNoObject() {
        Spec outputs = new Spec(boxes(MIDDLE), scores(2, .95f, .9f));
        for (ModelSpec spec : List.of(model("cat"), model("BACKGROUND", "cat"))) {
            List<Annotation> found = outputs.done(FamilyInputs.of(spec));
            assertEquals(List.of(1), indices(found));
            assertEquals("cat", found.getFirst().candidate().label());
        }
        OutputInvalidException refused = assertThrows(
                OutputInvalidException.class,
                () -> outputs.done(FamilyInputs.of(with(Map.of("background", "none"), "cat"))));
        assertTrue(String.valueOf(refused.getMessage()).contains("expected: [1,1,1]"), refused::getMessage);
    }

    @Test
    void interpret_priors_moveByTheirSidesAndTheVariances() {
        // Of the anchor's 0.2 x 0.4 a shift of half its width to the right, and twice its height.
        FakeOutputs outputs = new FakeOutputs()
                .with("loc", Shape.of(1, 1, 4), 5, 0, 0, (float) (Math.log(2) / 0.2))
                .with("conf", Shape.of(1, 1, 2), 0, 3)
                .with("priors", Shape.of(1, 4), .5f, .5f, .2f, .4f);
        Map<String, String> parameters = Map.of("boxes", "xy-deltas", "scores", "softmax", "background", "first");
        Annotation found = FamilyInputs.done(FAMILY, outputs, STRETCH, FamilyInputs.of(with(parameters, "cat")))
                .getFirst();
        Rect box = found.bounds().orElseThrow();
        assertEquals(0.5 * 600, box.x(), 1e-3);
        assertEquals(0.1 * 400, box.y(), 1e-3);
        assertEquals(0.2 * 600, box.width(), 1e-3);
        assertEquals(0.8 * 400, box.height(), 1e-3);
        assertEquals(1 / (1 + Math.exp(-3)), found.candidate().score(), 1e-6);
        assertEquals(1, found.candidate().index());
    }

    @Test
    void interpret_anchorsInEachForm_areTheSame() {
        Map<String, float[]> forms = Map.of(
                "xywh", new float[] {.5f, .25f, .2f, .1f},
                "yxhw", new float[] {.25f, .5f, .1f, .2f},
                "xyxy", new float[] {.4f, .2f, .6f, .3f},
                "yxyx", new float[] {.2f, .4f, .3f, .6f},
                "pixels", new float[] {120, 60, 180, 90});
        forms.forEach((form, anchor) -> {
            FakeOutputs outputs = new FakeOutputs()
                    .with("loc", Shape.of(1, 1, 4), 0, 0, 0, 0)
                    .with("conf", Shape.of(1, 1, 1), 3)
                    .with("priors", Shape.of(1, 1, 4), anchor);
            Map<String, String> parameters = Map.of("boxes", "xy-deltas", "scores", "sigmoid", "anchors", form);
            Rect box = FamilyInputs.done(FAMILY, outputs, STRETCH, FamilyInputs.of(with(parameters, "cat")))
                    .getFirst()
                    .bounds()
                    .orElseThrow();
            assertEquals(240, box.x(), 1e-3, form);
            assertEquals(80, box.y(), 1e-3, form);
            assertEquals(360, box.right(), 1e-3, form);
            assertEquals(120, box.bottom(), 1e-3, form);
        });
    }

    @Test
    void interpret_otherNumberOfAnchorsThanBoxes_isRefused() {
        FakeOutputs outputs = new FakeOutputs()
                .with("loc", Shape.of(1, 2, 4), new float[8])
                .with("conf", Shape.of(1, 2, 1), 3, 3)
                .with("priors", Shape.of(1, 4), .5f, .5f, .2f, .4f);
        FamilyInput input = FamilyInputs.of(with(Map.of("boxes", "xy-deltas", "scores", "sigmoid"), "cat"));
        OutputInvalidException refused =
                assertThrows(OutputInvalidException.class, () -> FamilyInputs.done(FAMILY, outputs, STRETCH, input));
        assertEquals("output boxes: 2 of them (expected: 1, one for each anchor)", refused.getMessage());
    }

    @Test
    void check_parametersThatDoNotFitEachOther_areRefusedByName() {
        assertRefused(
                "parameters.scales: 2 of them (expected: 3, by the grids)",
                Map.of("grids", "2, 1", "scales", "0.2, 0.5"));
        assertRefused("parameters.grids: 2x (expected: 19 or 20x15", Map.of("grids", "2x", "scales", "0.2, 0.5"));
        assertRefused(
                "parameters.ratios: 3 of them (expected: 2, by the grids)",
                Map.of("grids", "2, 1", "scales", "0.2, 0.5, 1", "ratios", "2, 2, 2"));
        assertRefused("parameters.variances: [0.1]", Map.of("variances", "0.1"));
        assertRefused("parameters.grids: more than", Map.of("grids", "9999, 9999", "scales", "0.2, 0.5, 1"));
        assertRefused("parameters.boxes: xywh (expected: yxyx or", Map.of("boxes", "xywh"));
    }

    @Test
    void checkOutputs_otherNumberOfAnchorsThanTheFileHasBoxes_isRefused() {
        ModelSpec spec = with(
                Map.of("boxes", "xy-deltas", "grids", "2, 1", "scales", "0.2, 0.5, 1", "background", "first"), "cat");
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> FAMILY.checkOutputs(
                        spec, spec.firstStage(), List.of(f32("loc", 1, 31, 4), f32("conf", 1, 31, 2))));
        assertEquals("parameters.grids: 30 anchors (expected: 31, by the boxes [1,31,4])", refused.getMessage());
    }

    private static void assertRefused(String beginning, Map<String, String> parameters) {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> FAMILY.check(with(parameters, "cat")));
        assertTrue(String.valueOf(refused.getMessage()).startsWith(beginning), refused::getMessage);
    }

    private static Recognition recognised(TensorInfo input, Map<String, String> metadata, TensorInfo... outputs) {
        return FAMILY.recognise(FamilyInputs.signature(input, metadata, outputs))
                .orElseThrow();
    }

    private static ModelSpec with(Map<String, String> parameters, String... classes) {
        return new ModelSpec(
                "ssd",
                List.of(stage(Map.of())),
                List.of(classes),
                Thresholds.of(0.5),
                Suppression.STANDARD,
                Map.of(),
                parameters);
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
