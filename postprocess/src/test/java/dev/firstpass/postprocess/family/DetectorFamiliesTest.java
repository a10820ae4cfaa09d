package dev.firstpass.postprocess.family;

import static dev.firstpass.postprocess.family.FamilyInputs.f32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What the golden cases of `detr`, `torchvision`, `tf-detection` and `centernet` do not show.
final class DetectorFamiliesTest {
    private static final ImageSize INPUT = new ImageSize(64, 32);
    private static final ImageTransform SAME = FamilyInputs.stretch(INPUT, INPUT);

    private static FamilySample sample(String family) {
        return FamilySample.ALL.stream()
                .filter(one -> one.family().equals(family))
                .findFirst()
                .orElseThrow();
    }

    private static ModelSpec spec(FamilySample sample) {
        return family(sample).recognise(sample.fixedBatch()).orElseThrow().spec();
    }

    private static ModelFamily family(FamilySample sample) {
        return ModelFamilies.byId(sample.family()).orElseThrow();
    }

    /// Two rows that show the same objects give each once, under the index of the first.
    @Test
    void interpret_twoRowsOfOneAsset_areThinnedOutTogether() {
        for (String id : List.of("detr", "torchvision", "tf-detection", "centernet")) {
            FamilySample sample = sample(id);
            ImageTransform same = FamilyInputs.stretch(sample.input(), sample.input());
            RowOutput row = new RowOutput(sample.outputs(), same);
            FamilyInput input = FamilyInputs.of(spec(sample));
            List<Annotation> once = FamilyInputs.done(family(sample).interpret(List.of(row), input));
            List<Annotation> twice = FamilyInputs.done(family(sample).interpret(List.of(row, row), input));
            assertEquals(once, twice, id);
        }
    }

    @Test
    void interpret_numberThatIsNoClass_isRefusedWithTheNumbersThatAre() {
        FamilySample torchvision = sample("torchvision");
        OutputInvalidException refused = assertThrows(
                OutputInvalidException.class,
                () -> FamilyInputs.done(
                        family(torchvision), torchvision.spoiled(1, 1, 3), SAME, FamilyInputs.of(spec(torchvision))));
        assertTrue(String.valueOf(refused.getMessage()).contains("0 to 2"), refused::getMessage);
        FamilySample tf = sample("tf-detection");
        assertThrows(
                OutputInvalidException.class,
                () -> FamilyInputs.done(family(tf), tf.spoiled(1, 0, 0), SAME, FamilyInputs.of(spec(tf))));
    }

    @Test
    void interpret_tfDetection_countEndsTheDetections() {
        FamilySample tf = sample("tf-detection");
        List<Annotation> found = FamilyInputs.done(family(tf), tf.spoiled(3, 0, 1), SAME, FamilyInputs.of(spec(tf)));
        assertEquals(1, found.size());
        for (float count : new float[] {-1, 4, 1.5f}) {
            assertThrows(
                    OutputInvalidException.class,
                    () -> FamilyInputs.done(family(tf), tf.spoiled(3, 0, count), SAME, FamilyInputs.of(spec(tf))));
        }
    }

    /// Else boxes of a thousand pixels in the corner, or none, would be what a wrong guess leaves behind.
    @Test
    void interpret_tfDetection_pixelsForShares_areRefusedWithTheMend() {
        FamilySample tf = sample("tf-detection");
        OutputInvalidException refused = assertThrows(
                OutputInvalidException.class,
                () -> FamilyInputs.done(family(tf), tf.spoiled(0, 3, 300), SAME, FamilyInputs.of(spec(tf))));
        assertTrue(String.valueOf(refused.getMessage()).contains("parameters: {boxes: pixels}"), refused::getMessage);
    }

    /// Without `image_info`, as the Garden's export for TFLite gives them.
    @Test
    void interpret_tfDetection_pixelsWithoutInfo_areThoseOfTheRow() {
        FamilySample tf = sample("tf-detection");
        ModelSpec pixels = spec(tf).withParameters(Map.of("boxes", "pixels"));
        List<Annotation> found = FamilyInputs.done(family(tf), tf.spoiled(0, 3, 20), SAME, FamilyInputs.of(pixels));
        Annotation.Box first = assertInstanceOf(Annotation.Box.class, found.getFirst());
        assertEquals(20, first.box().right());
    }

    @Test
    void recognise_tflitesOutputs_countClassesFromZero() {
        String name = "TFLite_Detection_PostProcess";
        ModelSignature signature = FamilyInputs.signature(
                new TensorInfo("image", ElementType.UINT8, Shape.of(1, 300, 300, 3)),
                Map.of("names", "['cat', 'dog']"),
                f32(name, 1, 10, 4),
                f32(name + ":1", 1, 10),
                f32(name + ":2", 1, 10),
                f32(name + ":3", 1));
        Recognition recognition = new TfDetectionFamily().recognise(signature).orElseThrow();
        assertEquals(Map.of("firstLabel", "0"), recognition.spec().parameters());
        assertEquals(Map.of(), recognition.questions());
        assertEquals(name + ":2", recognition.spec().firstStage().outputs().get("scores"));
    }

    /// RetinaNet and SSD give scores before labels: types tell, whatever the names say.
    @Test
    void recognise_torchvisionNamesInTheWrongOrder_goesByTypes() {
        ModelSignature signature = new ModelSignature(
                List.of(f32("images", 1, 3, 32, 64)),
                List.of(
                        f32("boxes", -1, 4),
                        f32("labels", -1),
                        new TensorInfo("scores", ElementType.INT64, Shape.of(-1))),
                Map.of("names", "['cat', 'dog']"));
        Recognition recognition = new TorchvisionFamily().recognise(signature).orElseThrow();
        assertEquals("labels", recognition.spec().firstStage().outputs().get("scores"));
        assertEquals(Map.of(), recognition.spec().parameters());
    }

    @Test
    void nativeGeometry_ofModelsWithMasks_isMasks() {
        ModelSpec detects = spec(sample("torchvision"));
        assertEquals(GeometryKind.BOX, new TorchvisionFamily().nativeGeometry(detects.parameters()));
        assertEquals(GeometryKind.MASK, new TorchvisionFamily().nativeGeometry(Map.of("task", "segment")));
    }

    @Test
    void checkOutputs_classesThatDoNotFitTheLogits_areRefused() {
        FamilySample detr = sample("detr");
        ModelSpec softmax = spec(detr).withParameters(Map.of("layout", "softmax"));
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> family(detr)
                        .checkOutputs(
                                softmax, softmax.firstStage(), detr.fixedBatch().outputs()));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("classes: 2 (expected: 1"), refused::getMessage);
    }

    @Test
    void interpret_ultralyticsLayouts_giveTheSameBox() {
        ModelSpec spec = spec(sample("detr"));
        FakeOutputs rows = new FakeOutputs().with("detections", Shape.of(1, 1, 6), .5f, .5f, .25f, .5f, .9f, 1);
        FakeOutputs columns = new FakeOutputs().with("detections", Shape.of(1, 1, 6), .5f, .5f, .25f, .5f, .1f, .9f);
        List<Annotation> byRows = FamilyInputs.done(
                new DetrFamily(), rows, SAME, FamilyInputs.of(spec.withParameters(Map.of("layout", "rows"))));
        List<Annotation> byColumns = FamilyInputs.done(
                new DetrFamily(), columns, SAME, FamilyInputs.of(spec.withParameters(Map.of("layout", "columns"))));
        assertEquals(byRows, byColumns);
        assertEquals("dog", byRows.getFirst().candidate().label());
    }

    @Test
    void interpret_heatOfProbabilitiesTakenForLogits_isRefused() {
        FamilySample centernet = sample("centernet");
        FakeOutputs probabilities = new FakeOutputs().with("hm", Shape.of(1, 1, 4, 8), new float[32]);
        centernet.outputs().tensors().stream().skip(1).forEach(probabilities::with);
        OutputInvalidException refused = assertThrows(
                OutputInvalidException.class,
                () -> FamilyInputs.done(family(centernet), probabilities, SAME, FamilyInputs.of(spec(centernet))));
        assertTrue(String.valueOf(refused.getMessage()).contains("heat: probabilities"), refused::getMessage);
    }
}
