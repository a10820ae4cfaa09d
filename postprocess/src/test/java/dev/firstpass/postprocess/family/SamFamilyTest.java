package dev.firstpass.postprocess.family;

import static dev.firstpass.postprocess.family.FamilyInputs.f32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Placement;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RunLengths;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.postprocess.spec.StageRows;
import dev.firstpass.postprocess.spec.StageSource;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.RawOutputs;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// An encoder and a decoder: a row of 32x32, embeddings of [1,2,4,4].
final class SamFamilyTest {
    private static final ImageSize FRAME = new ImageSize(32, 32);
    private static final Prompt CLICK = new Prompt.Points(List.of(new Prompt.Click(new Point(5, 4), true)));

    private final ModelFamily family = new SamFamily();

    private static ModelSignature encoder(long batch, long... embeddings) {
        return FamilyInputs.signature(f32("input", batch, 3, 32, 32), Map.of(), f32("output", embeddings));
    }

    private static ModelSignature decoder() {
        return new ModelSignature(
                List.of(
                        f32("image_embeddings", 1, 2, 4, 4),
                        f32("point_coords", 1, -1, 2),
                        f32("point_labels", 1, -1),
                        f32("mask_input", 1, 1, 16, 16),
                        f32("has_mask_input", 1),
                        f32("orig_im_size", 2)),
                List.of(
                        f32("masks", -1, -1, -1, -1),
                        f32("iou_predictions", -1, 2),
                        f32("low_res_masks", -1, 2, -1, -1)),
                Map.of());
    }

    private static Map<String, ModelSignature> files() {
        Map<String, ModelSignature> files = new LinkedHashMap<>();
        files.put("dist/sam.onnx", decoder());
        files.put("dist/encoder.onnx", encoder(-1, -1, 2, 4, 4));
        return files;
    }

    private ModelSpec spec() {
        return family.assemble(files()).orElseThrow().recognition().spec();
    }

    private static FakeOutputs embeddings() {
        float[] values = new float[32];
        for (int i = 0; i < values.length; i++) {
            values[i] = i - 16;
        }
        return new FakeOutputs().with("output", Shape.of(1, 2, 4, 4), values);
    }

    private Interpretation interpret(String stage, RawOutputs outputs, ImageTransform transform, Prompt prompt) {
        return family.interpret(
                List.of(new RowOutput(outputs, transform)),
                new FamilyInput(spec(), stage, List.of(), prompt, LabelingSpec.NONE));
    }

    private static ImageTransform inRow(ImageSize asset) {
        return Placement.longestSide(asset, FRAME).transform(asset, FRAME);
    }

    private StageRows.MadeRow asked(ImageSize asset, Prompt prompt) {
        Interpretation.Next next = (Interpretation.Next) interpret("encoder", embeddings(), inRow(asset), prompt);
        assertEquals("decoder", next.stage());
        assertEquals(List.of(), next.findings());
        return ((StageRows.Made) next.rows()).rows().getFirst();
    }

    private static Map<String, List<Float>> values(StageRows.MadeRow row) {
        Map<String, List<Float>> values = new LinkedHashMap<>();
        for (Tensor tensor : row.tensors()) {
            List<Float> list = new ArrayList<>();
            for (float value : tensor.floats()) {
                list.add(value);
            }
            values.put(tensor.name(), list);
        }
        return values;
    }

    // --- Recognition

    @Test
    void assemble_encoderAndDecoder_areToldByWhatTheyTakeAndGive() {
        Assembly assembly = family.assemble(files()).orElseThrow();
        assertEquals(Map.of("encoder", "dist/encoder.onnx", "decoder", "dist/sam.onnx"), assembly.files());
        ModelSpec spec = assembly.recognition().spec();
        assertEquals(Map.of(), assembly.recognition().questions());
        assertEquals(
                List.of("encoder", "decoder"),
                spec.stages().stream().map(StageSpec::name).toList());
        InputSpec input = spec.firstStage().input();
        assertEquals(InputSpec.Resize.LONGEST_SIDE, input.resize());
        assertEquals(FRAME, input.size().of(new ImageSize(100, 50)));
        assertEquals(1, spec.firstStage().maxBatch());
        assertTrue(spec.stage("decoder").isMade());
        family.check(spec);
        family.checkOutputs(spec, spec.firstStage(), encoder(-1, -1, 2, 4, 4).outputs());
        family.checkOutputs(spec, spec.stage("decoder"), decoder().outputs());
        family.checkInputs(spec, spec.stage("decoder"), decoder().inputs());
    }

    // --- HQ-SAM

    private static List<TensorInfo> inputs(Map<String, ModelSignature> files, String file) {
        return Optional.ofNullable(files.get(file)).orElseThrow().inputs();
    }

    private static Map<String, ModelSignature> filesOfHq(long layers) {
        List<TensorInfo> inputs = new ArrayList<>(decoder().inputs());
        inputs.add(1, f32("interm_embeddings", 3, 1, 4, 4, 5));
        ModelSignature plain = encoder(-1, -1, 2, 4, 4);
        List<TensorInfo> outputs = new ArrayList<>(plain.outputs());
        outputs.add(f32("interm", layers, 1, 4, 4, 5));
        return Map.of(
                "decoder.onnx", new ModelSignature(inputs, decoder().outputs(), Map.of()),
                "encoder.onnx", new ModelSignature(plain.inputs(), outputs, Map.of()));
    }

    @Test
    void assemble_decoderOfHqSam_takesWhatTheEncoderSawOnItsWay() {
        ModelSpec spec =
                family.assemble(filesOfHq(3)).orElseThrow().recognition().spec();
        List<TensorInfo> inputs = inputs(filesOfHq(3), "decoder.onnx");
        assertEquals(
                Map.of("embeddings", "output", "layers", "interm"),
                spec.firstStage().outputs());
        family.check(spec);
        family.checkInputs(spec, spec.stage("decoder"), inputs);
        for (List<Tensor> sample : family.samples(spec.stage("decoder"), inputs)) {
            assertEquals(
                    inputs.stream().map(TensorInfo::name).toList(),
                    sample.stream().map(Tensor::name).toList());
            assertEquals(Shape.of(3, 1, 4, 4, 5), sample.get(1).shape());
        }

        float[] seen = new float[240];
        seen[239] = 7;
        FakeOutputs outputs = embeddings().with("interm", Shape.of(3, 1, 4, 4, 5), seen);
        Interpretation.Next next = (Interpretation.Next) family.interpret(
                List.of(new RowOutput(outputs, inRow(new ImageSize(16, 10)))),
                new FamilyInput(spec, "encoder", List.of(), CLICK, LabelingSpec.NONE));
        List<Tensor> made = ((StageRows.Made) next.rows()).rows().getFirst().tensors();
        assertEquals("interm_embeddings", made.get(1).name());
        assertEquals(
                -1,
                outputs.tensor("interm")
                        .orElseThrow()
                        .data()
                        .mismatch(made.get(1).data()));
    }

    @Test
    void assemble_decoderOfHqSamBesideAnotherEncoder_isEmptyAndRefusedByHand() {
        assertEquals(Optional.empty(), family.assemble(filesOfHq(2)));
        List<TensorInfo> inputs = inputs(filesOfHq(3), "decoder.onnx");
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> family.checkInputs(spec(), spec().stage("decoder"), inputs));
        assertTrue(
                String.valueOf(refused.getMessage()).startsWith("stages.encoder.outputs.layers: missing"),
                refused::getMessage);
    }

    @Test
    void assemble_whatIsNoPair_isEmpty() {
        assertEquals(Optional.empty(), family.assemble(Map.of()));
        assertEquals(Optional.empty(), family.assemble(Map.of("a", decoder())));
        assertEquals(Optional.empty(), family.assemble(Map.of("a", decoder(), "b", encoder(1, 1, 3, 4, 4))));
        assertEquals(Optional.empty(), family.assemble(Map.of("a", decoder(), "b", decoder())));
        Map<String, ModelSignature> two = new LinkedHashMap<>(files());
        two.put("other.onnx", encoder(1, 1, 2, 4, 4));
        assertEquals(Optional.empty(), family.assemble(two));
        ModelSignature other =
                new ModelSignature(decoder().inputs(), decoder().outputs(), Map.of("firstpass.family", "semantic"));
        assertEquals(Optional.empty(), family.assemble(Map.of("a", other, "b", encoder(1, 1, 2, 4, 4))));
    }

    @Test
    void recognise_oneFile_isEmpty() {
        assertEquals(Optional.empty(), family.recognise(decoder()));
        assertEquals(Optional.empty(), family.recognise(encoder(1, 1, 2, 4, 4)));
    }

    @Test
    void check_otherStages_areRefused() {
        ModelSpec spec = spec();
        StageSpec encoder = spec.firstStage();
        StageSpec decoder = spec.stage("decoder");
        for (List<StageSpec> stages : List.of(
                List.of(encoder),
                List.of(encoder, new StageSpec("decoder", encoder.input(), Map.of(), 1)),
                List.of(encoder, decoder, decoder))) {
            ModelSpec other =
                    new ModelSpec("sam", stages, spec.classes(), spec.thresholds(), spec.suppression(), Map.of());
            assertThrows(IllegalArgumentException.class, () -> family.check(other));
        }
        InputSpec stretched = stretched(encoder.input());
        ModelSpec other = new ModelSpec(
                "sam",
                List.of(new StageSpec("encoder", stretched, Map.of(), 1), decoder),
                spec.classes(),
                spec.thresholds(),
                spec.suppression(),
                Map.of());
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> family.check(other));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("stages.encoder.input.resize: stretch"));
    }

    private static InputSpec stretched(InputSpec input) {
        return new InputSpec(
                input.name(),
                input.size(),
                InputSpec.Resize.STRETCH,
                input.sampling(),
                input.padding(),
                input.color(),
                input.layout(),
                input.dtype(),
                input.scale(),
                input.mean(),
                input.std());
    }

    @Test
    void checkInputs_ofAnotherDecoder_areRefusedByName() {
        StageSpec stage = new StageSpec("decoder", new StageSource.Made(), Map.of(), 1);
        List<TensorInfo> inputs = new ArrayList<>(decoder().inputs());
        inputs.set(1, new TensorInfo("point_coords", ElementType.INT64, Shape.of(1, -1, 2)));
        IllegalArgumentException type =
                assertThrows(IllegalArgumentException.class, () -> family.checkInputs(spec(), stage, inputs));
        assertTrue(String.valueOf(type.getMessage()).contains("point_coords: INT64"), type::getMessage);
        inputs.set(1, f32("box", 1, 4));
        IllegalArgumentException name =
                assertThrows(IllegalArgumentException.class, () -> family.checkInputs(spec(), stage, inputs));
        assertTrue(String.valueOf(name.getMessage()).startsWith("stages.decoder.file: "), name::getMessage);
    }

    // --- Prompt

    @Test
    void interpret_encoder_asksTheDecoderWithClicksAndAPointThatIsNone() {
        Prompt prompt = new Prompt.Points(
                List.of(new Prompt.Click(new Point(4, 2), true), new Prompt.Click(new Point(10, 7), false)));
        // Two row pixels for each of the asset's.
        StageRows.MadeRow row = asked(new ImageSize(16, 10), prompt);
        Map<String, List<Float>> values = values(row);
        assertEquals(
                List.of(
                        "image_embeddings",
                        "point_coords",
                        "point_labels",
                        "mask_input",
                        "has_mask_input",
                        "orig_im_size"),
                List.copyOf(values.keySet()));
        assertEquals(List.of(8f, 4f, 20f, 14f, 0f, 0f), values.get("point_coords"));
        assertEquals(List.of(1f, 0f, -1f), values.get("point_labels"));
        assertEquals(Set.of(0f), Set.copyOf(values.getOrDefault("mask_input", List.of())));
        assertEquals(List.of(0f), values.get("has_mask_input"));
        assertEquals(List.of(10f, 16f), values.get("orig_im_size"));
        assertEquals(Shape.of(1, 1, 16, 16), row.tensors().get(3).shape());
        assertEquals(
                embeddings()
                        .tensors()
                        .getFirst()
                        .data()
                        .mismatch(row.tensors().getFirst().data()),
                -1);
        assertEquals(ImageTransform.identity(new ImageSize(16, 10)), row.transform());
    }

    @Test
    void interpret_encoderWithABox_putsItsCornersLast_withinTheAsset() {
        Prompt prompt = new Prompt.Box(new Rect(-3, 2, 9, 4), List.of(new Prompt.Click(new Point(1, 3), true)));
        Map<String, List<Float>> values = values(asked(new ImageSize(16, 10), prompt));
        assertEquals(List.of(2f, 6f, 0f, 4f, 12f, 12f), values.get("point_coords"));
        assertEquals(List.of(1f, 2f, 3f), values.get("point_labels"));
    }

    /// Else what a decoder puts out would grow with the asset.
    @Test
    void interpret_largeAsset_asksForAMaskOfTheRowsSize() {
        ImageSize asset = new ImageSize(100, 67);
        StageRows.MadeRow row = asked(asset, CLICK);
        assertEquals(List.of(21f, 32f), values(row).get("orig_im_size"));
        assertEquals(new ImageSize(32, 21), row.transform().input());
        assertEquals(asset, row.transform().asset());
    }

    @Test
    void interpret_noPrompt_isAnError() {
        assertThrows(IllegalArgumentException.class, () -> asked(new ImageSize(16, 10), new Prompt.None()));
    }

    @Test
    void interpret_embeddingsThatAreNone_areRefused() {
        ImageTransform row = inRow(new ImageSize(16, 10));
        float[] values = new float[32];
        values[31] = Float.NaN;
        for (FakeOutputs outputs : List.of(
                new FakeOutputs(),
                new FakeOutputs().with("output", Shape.of(1, 32), new float[32]),
                new FakeOutputs().with("output", Shape.of(1, 2, 4, 4), values))) {
            assertThrows(OutputInvalidException.class, () -> interpret("encoder", outputs, row, CLICK));
        }
    }

    // --- Masks

    private static FakeOutputs masks(ImageSize size, float[] scores, float... logits) {
        return new FakeOutputs()
                .with("masks", Shape.of(1, scores.length, size.height(), size.width()), logits)
                .with("iou_predictions", Shape.of(1, scores.length), scores);
    }

    @Test
    void interpret_decoder_givesTheMaskOfTheHighestScore() {
        ImageSize asset = new ImageSize(3, 2);
        FakeOutputs outputs = masks(asset, new float[] {.4f, 1.01f}, 9, 9, 9, 9, 9, 9, 1, 0, -1, -2, 1e-3f, 5);
        List<Annotation> found =
                FamilyInputs.done(interpret("decoder", outputs, ImageTransform.identity(asset), CLICK));
        Annotation.Mask mask = (Annotation.Mask) found.getFirst();
        assertEquals(1, found.size());
        assertEquals(1, mask.candidate().index());
        assertEquals(1, mask.candidate().score());
        assertEquals("object", mask.candidate().label());
        BitMask pixels = mask.runs().toBitMask();
        assertTrue(pixels.get(0, 0) && pixels.get(1, 1) && pixels.get(2, 1));
        assertEquals(3, pixels.area());
        assertFalse(outputs.isClosed());
    }

    @Test
    void interpret_maskWithoutAPixel_givesNothing() {
        ImageSize asset = new ImageSize(2, 1);
        FakeOutputs outputs = masks(asset, new float[] {.9f}, 0, -1);
        assertEquals(
                List.of(), FamilyInputs.done(interpret("decoder", outputs, ImageTransform.identity(asset), CLICK)));
    }

    /// torch's bilinear interpolation without aligned corners, written out.
    @Test
    void interpret_maskOfTheRowsSize_isBroughtToTheAssetBilinearly() {
        ImageSize asset = new ImageSize(100, 67);
        ImageTransform transform = asked(asset, CLICK).transform();
        ImageSize size = transform.input();
        Random random = new Random(5);
        float[] logits = new float[size.width() * size.height()];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) random.nextGaussian();
        }
        Annotation.Mask mask = (Annotation.Mask) FamilyInputs.done(
                        interpret("decoder", masks(size, new float[] {.9f}, logits), transform, CLICK))
                .getFirst();
        BitMask found = mask.runs().toBitMask();
        for (int y = 0; y < asset.height(); y++) {
            for (int x = 0; x < asset.width(); x++) {
                double value = bilinear(logits, size, asset, x, y);
                if (Math.abs(value) > 1e-4) {
                    assertEquals(value > 0, found.get(x, y), x + "," + y);
                }
            }
        }
    }

    private static double bilinear(float[] logits, ImageSize size, ImageSize asset, int x, int y) {
        double column = Math.max(0, (x + .5) * size.width() / asset.width() - .5);
        double row = Math.max(0, (y + .5) * size.height() / asset.height() - .5);
        int left = (int) column;
        int top = (int) row;
        int right = Math.min(left + 1, size.width() - 1);
        int bottom = Math.min(top + 1, size.height() - 1);
        double across = column - left;
        double down = row - top;
        return (1 - down)
                        * ((1 - across) * logits[top * size.width() + left]
                                + across * logits[top * size.width() + right])
                + down
                        * ((1 - across) * logits[bottom * size.width() + left]
                                + across * logits[bottom * size.width() + right]);
    }

    @Test
    void interpret_masksThatAreNone_areRefused() {
        ImageSize asset = new ImageSize(2, 1);
        for (FakeOutputs outputs : List.of(
                new FakeOutputs(),
                masks(asset, new float[] {Float.NaN}, 1, 1),
                masks(asset, new float[] {.9f}, 1, Float.POSITIVE_INFINITY),
                masks(new ImageSize(1, 2), new float[] {.9f}, 1, 1),
                masks(asset, new float[0]))) {
            assertThrows(
                    OutputInvalidException.class,
                    () -> interpret("decoder", outputs, ImageTransform.identity(asset), CLICK));
        }
    }

    @Test
    void samples_ofTheDecoder_areAsItIsAskedFor() {
        List<List<Tensor>> samples =
                family.samples(spec().stage("decoder"), decoder().inputs());
        assertEquals(2, samples.size());
        for (List<Tensor> sample : samples) {
            assertEquals(
                    decoder().inputs().stream().map(TensorInfo::name).toList(),
                    sample.stream().map(Tensor::name).toList());
            for (int i = 0; i < sample.size(); i++) {
                assertTrue(
                        decoder().inputs().get(i).shape().accepts(sample.get(i).shape()));
            }
        }
    }

    // --- The real decoder's outputs

    @ParameterizedTest
    @ValueSource(strings = {"click", "clicks", "box", "box-and-click"})
    void interpret_realOutputs_areWhatTheOriginalMakesOfThem(String name) {
        SamCase one = SamCase.read(name);
        StageRows.MadeRow asked = asked(one);
        assertEquals(one.coordinates(), values(asked).get("point_coords"));
        assertEquals(one.labels(), values(asked).get("point_labels"));
        assertEquals(
                List.of((float) one.asset().height(), (float) one.asset().width()),
                values(asked).get("orig_im_size"));

        Annotation.Mask mask = found(one);
        RunLengths expected = one.mask();
        assertEquals(expected, mask.runs());
        assertEquals(one.score(), mask.candidate().score(), 1e-6);
        assertEquals(one.index(), mask.candidate().index());
    }

    private static StageRows.MadeRow asked(SamCase one) {
        ModelSpec spec = SamCase.spec();
        ImageSize frame = spec.firstStage().input().size().of(one.asset());
        ImageTransform row = Placement.longestSide(one.asset(), frame).transform(one.asset(), frame);
        FakeOutputs embeddings = new FakeOutputs().with("output", Shape.of(1, 256, 64, 64), new float[1 << 20]);
        Interpretation.Next next = (Interpretation.Next) new SamFamily()
                .interpret(
                        List.of(new RowOutput(embeddings, row)),
                        new FamilyInput(spec, "encoder", List.of(), one.prompt(), LabelingSpec.NONE));
        return ((StageRows.Made) next.rows()).rows().getFirst();
    }

    /// What the family makes of the real decoder's outputs.
    static Annotation.Mask found(SamCase one) {
        return (Annotation.Mask) FamilyInputs.done(new SamFamily()
                        .interpret(
                                List.of(new RowOutput(one.outputs(), asked(one).transform())),
                                new FamilyInput(SamCase.spec(), "decoder", List.of(), one.prompt(), LabelingSpec.NONE)))
                .getFirst();
    }
}
