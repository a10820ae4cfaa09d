package dev.firstpass.postprocess.family;

import static dev.firstpass.postprocess.family.FamilyInputs.f32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the golden cases do not show: FamilyGoldenTest has the layouts.
final class YoloFamilyTest {
    private static final ModelFamily FAMILY = new YoloFamily();
    private static final ImageSize ROW = new ImageSize(640, 640);

    private static Map<String, String> notes(String... pairs) {
        Map<String, String> notes = new TreeMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            notes.put(pairs[i], pairs[i + 1]);
        }
        return notes;
    }

    private static ModelSignature signature(Map<String, String> notes, TensorInfo... outputs) {
        return FamilyInputs.signature(f32("images", 1, 3, 640, 640), notes, outputs);
    }

    private static Optional<ModelSpec> recognised(Map<String, String> notes, TensorInfo... outputs) {
        return FAMILY.recognise(signature(notes, outputs)).map(Recognition::spec);
    }

    /// Shapes of the usual exports, without a word in the file.
    @ParameterizedTest
    @CsvSource({
        "84, 8400, columns, 80",
        "25200, 85, rows, 80",
        "8400, 85, rows, 80",
        "6, 8400, columns, 2",
        "300, 6, end-to-end, 0",
        "5, 34000, columns, 1",
        "102000, 85, rows, 80"
    })
    void recognise_shapesAlone_tellTheLayout(long middle, long last, String layout, int classes) {
        ModelSpec spec = recognised(Map.of(), f32("outputs", 1, middle, last)).orElseThrow();
        assertEquals(layout, spec.parameters().getOrDefault("layout", "columns"));
        assertEquals(classes, spec.classes().size());
        assertTrue(FAMILY.recognise(signature(Map.of(), f32("outputs", 1, middle, last)))
                .orElseThrow()
                .questions()
                .containsKey("classes"));
    }

    @ParameterizedTest
    @CsvSource({"1, 300, 84", "1, 100, 91", "1, 8401, 85", "1, 1000, 7", "1, 3, 8400"})
    void recognise_otherShapes_areNotTakenForYolo(long batch, long middle, long last) {
        assertTrue(recognised(Map.of(), f32("outputs", batch, middle, last)).isEmpty());
    }

    /// YOLOv5 of one class has six columns, as detections have that are thinned out.
    @ParameterizedTest
    @CsvSource({"25200, rows", "300, end-to-end"})
    void recognise_sixColumns_isToldByTheRows(long rows, String layout) {
        ModelSpec spec = recognised(notes("names", "['cat']"), f32("output0", 1, rows, 6))
                .orElseThrow();
        assertEquals(layout, spec.parameters().get("layout"));
    }

    @Test
    void recognise_tasksOfOtherFamilies_areLeftToThem() {
        Map<String, String> classify = notes("author", "Ultralytics", "task", "classify", "names", "{0: 'a', 1: 'b'}");
        assertTrue(recognised(classify, f32("output0", 1, 2)).isEmpty());
        Map<String, String> transformer =
                notes("author", "Ultralytics", "task", "detect", "names", "{0: 'a'}", "head", "RTDETRDecoder");
        assertTrue(recognised(transformer, f32("output0", 1, 300, 5)).isEmpty());
    }

    @Test
    void recognise_namesOfJoints_areTakenWhereTheFileHasThem() {
        Map<String, String> notes = notes(
                "author",
                "Ultralytics",
                "task",
                "pose",
                "names",
                "{0: 'hand'}",
                "kpt_shape",
                "[2, 3]",
                "kpt_names",
                "{0: ['wrist', 'thumb']}");
        ModelSpec spec = recognised(notes, f32("output0", 1, 11, 8400)).orElseThrow();
        assertEquals("wrist,thumb", spec.parameters().get("keypoints"));
        assertEquals(GeometryKind.KEYPOINTS, FAMILY.nativeGeometry(spec.parameters()));
    }

    /// TensorFlow's order of axes, and detections after the prototypes.
    @Test
    void interpret_prototypesWithChannelsLast_giveTheSameMask() {
        Map<String, String> notes = notes("author", "Ultralytics", "task", "segment", "names", "{0: 'cat'}");
        float[] first = new float[2 * 16 * 16];
        float[] last = new float[2 * 16 * 16];
        for (int y = 0; y < 16; y++) {
            for (int x = 0; x < 16; x++) {
                float across = x - 7.5f;
                float down = 4.2f - y;
                first[y * 16 + x] = across;
                first[256 + y * 16 + x] = down;
                last[2 * (y * 16 + x)] = across;
                last[2 * (y * 16 + x) + 1] = down;
            }
        }
        float[] detections = {32, 32, 40, 40, .9f, 1, -.5f};
        ImageTransform transform = FamilyInputs.stretch(new ImageSize(128, 128), new ImageSize(64, 64));
        ModelSpec spec = FAMILY.recognise(FamilyInputs.signature(
                        f32("images", 1, 3, 64, 64), notes, f32("out", 1, 7, 84), f32("maps", 1, 2, 16, 16)))
                .orElseThrow()
                .spec();
        Tensor column = new FakeOutputs()
                .with("out", Shape.of(1, 7, 1), detections)
                .tensors()
                .getFirst();
        Annotation.Mask one =
                mask(new FakeOutputs().with(column).with("maps", Shape.of(1, 2, 16, 16), first), transform, spec);
        Annotation.Mask other = mask(
                new FakeOutputs().with("maps", Shape.of(1, 16, 16, 2), last).with(column), transform, spec);
        assertEquals(one.runs(), other.runs());
        assertTrue(one.runs().area() > 1000 && one.runs().area() < 80 * 80);
    }

    private static Annotation.Mask mask(FakeOutputs outputs, ImageTransform transform, ModelSpec spec) {
        List<Annotation> found = FamilyInputs.done(FAMILY, outputs, transform, FamilyInputs.of(spec));
        assertEquals(1, found.size());
        return (Annotation.Mask) found.getFirst();
    }

    @Test
    void interpret_jointsThatAreUnlikely_areAbsentAndTheBoxIsKept() {
        Map<String, String> notes =
                notes("author", "Ultralytics", "task", "pose", "names", "{0: 'hand'}", "kpt_shape", "[2, 3]");
        ModelSpec spec = recognised(notes, f32("output0", 1, 11, 8400)).orElseThrow();
        FakeOutputs outputs =
                new FakeOutputs().with("output0", Shape.of(1, 11, 1), 100, 100, 40, 60, .8f, 90, 95, .9f, 700, 20, .1f);
        Annotation.Keypoints found = (Annotation.Keypoints) done(outputs, spec).getFirst();
        assertEquals(Optional.of(new Rect(80, 70, 40, 60)), found.box());
        assertEquals(Keypoint.Visibility.VISIBLE, found.points().get(0).visibility());
        assertEquals(Keypoint.Visibility.ABSENT, found.points().get(1).visibility());
        assertEquals(640, found.points().get(1).at().x());
    }

    /// Two rows of one asset: a box that both see is one.
    @Test
    void interpret_severalRows_areThinnedOutTogether() {
        ModelSpec spec = recognised(notes("names", "['cat']", "author", "Ultralytics"), f32("output0", 1, 5, 8400))
                .orElseThrow();
        ImageSize asset = new ImageSize(1000, 640);
        FakeOutputs left =
                new FakeOutputs().with("output0", Shape.of(1, 5, 2), 500, 50, 100, 50, 80, 40, 80, 40, .8f, .7f);
        FakeOutputs right =
                new FakeOutputs().with("output0", Shape.of(1, 5, 2), 141, 400, 100, 50, 80, 40, 80, 40, .9f, .6f);
        List<RowOutput> rows = List.of(
                new RowOutput(left, ImageTransform.scaling(asset, ROW, 1, 1, 0, 0)),
                new RowOutput(right, ImageTransform.scaling(asset, ROW, 1, 1, -360, 0)));
        List<Annotation> found = FamilyInputs.done(FAMILY.interpret(rows, FamilyInputs.of(spec)));
        assertEquals(
                List.of(2, 1, 3), found.stream().map(a -> a.candidate().index()).toList());
        assertEquals(new Rect(461, 60, 80, 80), found.getFirst().bounds().orElseThrow());
    }

    @Test
    void interpret_classThatTheModelHasNot_isRefused() {
        ModelSpec spec =
                recognised(notes("names", "['cat']"), f32("output0", 1, 300, 6)).orElseThrow();
        for (float of : new float[] {1, -1, .5f}) {
            FakeOutputs outputs = new FakeOutputs().with("output0", Shape.of(1, 1, 6), 0, 0, 10, 10, .9f, of);
            assertThrows(OutputInvalidException.class, () -> done(outputs, spec));
        }
    }

    private static List<Annotation> done(FakeOutputs outputs, ModelSpec spec) {
        return FamilyInputs.done(FAMILY, outputs, FamilyInputs.stretch(ROW, ROW), FamilyInputs.of(spec));
    }

    @ParameterizedTest
    @CsvSource({
        "task, pose, parameters.keypoints",
        "task, mask, parameters.task",
        "layout, transposed, parameters.layout",
        "anchors, '1,2,3', parameters.anchors",
        "anchors, '1,-2', parameters.anchors",
        "boxes, raw, parameters.boxes"
    })
    void check_parameterThatCannotBe_isRefusedByName(String name, String value, String named) {
        ModelSpec spec = recognised(notes("names", "['cat']"), f32("output0", 1, 5, 8400))
                .orElseThrow();
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> FAMILY.check(spec.withParameters(Map.of(name, value))));
        assertTrue(String.valueOf(refused.getMessage()).startsWith(named), refused.getMessage());
    }

    @Test
    void checkOutputs_classesThatTheOutputHasNot_areRefused() {
        ModelSpec spec = recognised(notes("names", "['cat']"), f32("output0", 1, 5, 8400))
                .orElseThrow();
        TensorInfo other = f32("output0", 1, 8, 8400);
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> FAMILY.checkOutputs(spec, spec.firstStage(), List.of(other)));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("classes: 1 "), refused.getMessage());
    }
}
