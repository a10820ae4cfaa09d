package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.RunLengths;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.StageRows;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a labeler points at, as Segment Anything finds it (Kirillov et al., "Segment Anything", 2023), and what was made in its
/// likeness (MobileSAM): an encoder that looks at the asset once, and a decoder that is asked for one prompt after the other.
///
/// | stage | role | shape | content |
/// |---|---|---|---|
/// | first | `embeddings` | [1,c,h,w] | what the asset shows |
/// | first | `layers` | [l,1,h,w,d] | what the encoder saw on its way, for decoders that take it (HQ-SAM) |
/// | second | `masks` | [1,m,H,W] | of m masks, logits at the pixels of the size that was asked for |
/// | second | `scores` | [1,m] | the overlap with the truth (IoU) that the model expects of each |
///
/// The decoder's inputs are those of Segment Anything's own export ([SamPrompt]). Of its masks the one of the highest score
/// counts, and of that the pixels above 0 (`mask_threshold`): one mask, whose candidate is its place among the m. Scores are
/// guesses of a number, so they may leave 0 to 1 a little, and are brought back. A mask without a pixel gives no annotation.
///
/// The size asked for (`orig_im_size`) is the asset's as long as it is no larger than the encoder's row; else that at which the
/// row shows the asset. The decoder brings its masks to the row and from there to the size asked for, bilinearly at half-pixel
/// centres; the second step is then made here ([ScoreMap]), so that what a run puts out has a bound whatever the asset's size.
///
/// Sources: `segment_anything/utils/onnx.py` (`SamOnnxModel`), `scripts/export_onnx_model.py`, `segment_anything/predictor.py`
/// and `notebooks/onnx_model_example.ipynb` of facebookresearch/segment-anything.
final class SamFamily implements ModelFamily {
    static final String ID = "sam";
    static final String EMBEDDINGS = "embeddings";
    static final String LAYERS = "layers";
    static final String MASKS = "masks";
    static final String SCORES = "scores";

    /// What the masks are called where the model has no class: it knows none.
    static final String DEFAULT_LABEL = "object";

    /// Segment Anything has 4.
    private static final int MOST_MASKS = 1024;

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String description() {
        return "what a prompt points at, as one mask (Segment Anything, MobileSAM, HQ-SAM: encoder and decoder)";
    }

    @Override
    public GeometryKind nativeGeometry() {
        return GeometryKind.MASK;
    }

    @Override
    public Optional<String> usualLabel() {
        return Optional.of(DEFAULT_LABEL);
    }

    @Override
    public boolean takesPrompt() {
        return true;
    }

    /// One file is never enough.
    @Override
    public Optional<Recognition> recognise(ModelSignature signature) {
        return Optional.empty();
    }

    @Override
    public Optional<Assembly> assemble(Map<String, ModelSignature> files) {
        return SamRecognition.of(files);
    }

    @Override
    public void check(ModelSpec spec) {
        OneClass.check(spec);
        if (spec.stages().size() != 2 || !spec.stages().get(1).isMade()) {
            throw new IllegalArgumentException("stages: "
                    + spec.stages().stream().map(StageSpec::name).toList()
                    + " (expected: an encoder, and a decoder with the line `input: {source: tensors}`)");
        }
        InputSpec.Resize resize = spec.firstStage().input().resize();
        boolean isTopLeft = resize == InputSpec.Resize.LONGEST_SIDE || resize == InputSpec.Resize.LETTERBOX_TOP_LEFT;
        if (!isTopLeft) {
            throw new IllegalArgumentException("stages." + spec.firstStage().name() + ".input.resize: "
                    + FamilyParameters.word(resize) + " (expected: longest-side, which the decoder takes back)");
        }
    }

    @Override
    public void checkInputs(ModelSpec spec, StageSpec stage, List<TensorInfo> inputs) {
        SamPrompt.check(stage, inputs);
        boolean isTaken = SamPrompt.layers(inputs).isPresent();
        StageSpec encoder = spec.firstStage();
        if (isTaken != encoder.outputs().containsKey(LAYERS)) {
            throw new IllegalArgumentException("stages." + encoder.name() + ".outputs." + LAYERS + ": "
                    + encoder.outputs().getOrDefault(LAYERS, "missing") + " (expected: "
                    + (isTaken ? "the output that the decoder takes as " : "none, since the decoder has no input ")
                    + SamPrompt.LAYERS + ")");
        }
    }

    @Override
    public void checkOutputs(ModelSpec spec, StageSpec stage, List<TensorInfo> outputs) {
        if (stage.isMade()) {
            check(stage, MASKS, "masks", Shape.of(-1, -1, -1, -1), outputs);
            check(stage, SCORES, "iou_predictions", Shape.of(-1, -1), outputs);
        } else {
            String first = outputs.stream().findFirst().map(TensorInfo::name).orElse("");
            check(stage, EMBEDDINGS, first, Shape.of(-1, -1, -1, -1), outputs);
        }
    }

    /// @param usual the output where the manifest gives the role to none
    private static void check(StageSpec stage, String role, String usual, Shape expected, List<TensorInfo> outputs) {
        String name = stage.outputs().getOrDefault(role, usual);
        TensorInfo output = outputs.stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("stages." + stage.name() + ".outputs." + role
                        + ": missing (expected: one of "
                        + outputs.stream().map(TensorInfo::name).toList() + ")"));
        if (output.type() != ElementType.FLOAT32 || output.shape().rank() != expected.rank()) {
            throw new IllegalArgumentException("stages." + stage.name() + ".outputs." + role + ": " + name + " is "
                    + output.type() + " " + output.shape() + " (expected: FLOAT32 " + expected + ")");
        }
    }

    @Override
    public List<List<Tensor>> samples(StageSpec stage, List<TensorInfo> inputs) {
        return SamPrompt.samples(inputs);
    }

    @Override
    public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
        RowOutput row = Outputs.onlyRow(rows);
        StageSpec stage = input.model().stage(input.stage());
        return stage.isMade() ? best(row, stage, input) : asked(row, stage, input);
    }

    private static Interpretation asked(RowOutput row, StageSpec stage, FamilyInput input) {
        Shape expected = Shape.of(1, -1, -1, -1);
        Tensor embeddings = Outputs.named(row.outputs(), stage, EMBEDDINGS)
                .or(() -> row.outputs().tensors().stream().findFirst())
                .orElseThrow(() -> Outputs.notFound(EMBEDDINGS, expected.toString(), row.outputs()));
        if (!expected.accepts(embeddings.shape())) {
            throw Outputs.otherShape(embeddings, expected);
        }
        if (embeddings.type() != ElementType.FLOAT32) {
            throw new OutputInvalidException(
                    "output " + embeddings.name() + ": " + embeddings.type() + " (expected: FLOAT32)");
        }
        new BitScan().requireFinite(embeddings, 0, embeddings.elements());
        Optional<Tensor> layers = Outputs.named(row.outputs(), stage, LAYERS);
        layers.ifPresent(SamFamily::checkLayers);
        ImageTransform asked = asked(row.transform());
        StageRows.MadeRow made = new StageRows.MadeRow(
                SamPrompt.of(input.prompt(), row.transform(), asked.input(), embeddings, layers), asked);
        return new Interpretation.Next(
                input.model().stages().get(1).name(), new StageRows.Made(List.of(made)), List.of());
    }

    private static void checkLayers(Tensor layers) {
        if (!SamPrompt.isLayers(layers.type(), layers.shape())) {
            throw new OutputInvalidException("output " + layers.name() + ": " + layers.type() + " " + layers.shape()
                    + " (expected: FLOAT32 [-1,-1,-1,-1,-1])");
        }
        new BitScan().requireFinite(layers, 0, layers.elements());
    }

    /// From the asset to the size that masks are asked for in.
    ///
    /// @param row the asset in the encoder's row
    private static ImageTransform asked(ImageTransform row) {
        ImageSize asset = row.asset();
        ImageSize frame = row.input();
        if (Math.max(asset.width(), asset.height()) <= Math.max(frame.width(), frame.height())) {
            return ImageTransform.identity(asset);
        }
        ImageSize shown =
                new ImageSize((int) Math.rint(row.xx() * asset.width()), (int) Math.rint(row.yy() * asset.height()));
        return ImageTransform.scaling(asset, shown, row.xx(), row.yy(), 0, 0);
    }

    private static Interpretation best(RowOutput row, StageSpec stage, FamilyInput input) {
        ImageSize asked = row.transform().input();
        Tensor scores = Outputs.shaped(row, stage, SCORES, "iou_predictions", Shape.of(1, -1), MOST_MASKS);
        Shape expected = Shape.of(1, scores.elements(), asked.height(), asked.width());
        Tensor masks = Outputs.shaped(row, stage, MASKS, "masks", expected, Integer.MAX_VALUE);
        if (scores.elements() == 0) {
            throw Outputs.otherShape(scores, Shape.of(1, -1));
        }
        float[] expectations = Outputs.finite(scores);
        int best = 0;
        for (int i = 1; i < expectations.length; i++) {
            best = expectations[i] > expectations[best] ? i : best;
        }
        int pixels = asked.width() * asked.height();
        long first = (long) best * pixels;
        new BitScan().requireFinite(masks, first, pixels);
        float[] logits = new float[pixels];
        masks.read(first, logits, pixels);
        BitMask mask = new ScoreMap(logits, new MapPlace(asked, row.transform())).above(0);
        double score = Math.clamp(expectations[best], 0f, 1f);
        if (mask.area() == 0 || score < input.floor()) {
            return new Interpretation.Done(List.of());
        }
        String label = OneClass.label(input.model(), DEFAULT_LABEL);
        Candidate candidate = new Candidate(best, label, score);
        return new Interpretation.Done(List.of(new Annotation.Mask(candidate, RunLengths.of(mask))));
    }
}
