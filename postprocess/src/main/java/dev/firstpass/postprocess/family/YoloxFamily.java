package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.spec.Suppression;
import dev.firstpass.postprocess.spec.Thresholds;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// YOLOX (Ge et al., "YOLOX: Exceeding YOLO Series in 2021", 2021), as its `tools/export_onnx.py` writes it.
///
/// | role | shape | content |
/// |---|---|---|
/// | `detections` | [1, N, 5+classes] | of each cell of strides 8, 16 and 32: centre, sides, any object, the classes |
///
/// The exporter leaves boxes undecoded unless told `--decode_in_inference`, and the shape is the same. By the parameter
/// `boxes` they are `decoded`, `raw` or told apart (`auto`): decoded centres lie all over the row, so that their mean is near
/// its middle, raw ones are offsets of about a cell.
///
/// The row is fed as YOLOX's `preproc` does: BGR, 0..255, at the top left, padding 114. A candidate's score is any object
/// times its best class; suppression is greedy and by class, without the `+ 1` that the demo's NumPy code has in areas
/// (`yolox.utils.postprocess` has none). Candidate index: the row's; a second row of the asset is counted on. A class with
/// the label `""` is never reported.
final class YoloxFamily implements ModelFamily {
    private static final String ID = "yolox";
    private static final String DETECTIONS = "detections";
    private static final String BOXES = "boxes";
    private static final int GREY = 114;
    private static final int NUMBERS = 5;

    /// What the demos take unless told otherwise: `--score_thr` 0.3 of the ONNX one, suppression at 0.45.
    private static final double SCORE = 0.3;

    private static final double IOU = 0.45;
    private static final ImageSize USUAL_SIZE = new ImageSize(640, 640);
    private static final String EXPORTED_OUTPUT = "output";

    private static final List<FamilyParameter> PARAMETERS = List.of(new FamilyParameter(
            BOXES, "decoded (--decode_in_inference), raw, or auto: told apart by where the centres lie", "auto"));

    private enum Boxes {
        AUTO,
        DECODED,
        RAW
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String description() {
        return "YOLOX: boxes, decoded in the model or not";
    }

    @Override
    public GeometryKind nativeGeometry() {
        return GeometryKind.BOX;
    }

    @Override
    public List<FamilyParameter> parameters() {
        return PARAMETERS;
    }

    @Override
    public Optional<Recognition> recognise(ModelSignature signature) {
        boolean isOfUltralytics = signature.metadata().containsKey("stride");
        if (FileMetadata.namesAnotherFamily(signature, ID)
                || isOfUltralytics
                || signature.outputs().size() != 1) {
            return Optional.empty();
        }
        TensorInfo output = signature.outputs().getFirst();
        return ImageInput.of(signature)
                .filter(image -> (image.type() == ElementType.FLOAT32 || image.type() == ElementType.FLOAT16)
                        && image.layout() == InputSpec.Layout.NCHW
                        && isDetections(
                                output.shape(),
                                image,
                                FileMetadata.family(signature).isPresent()))
                .map(image -> recognition(signature, image, output));
    }

    private static boolean isDetections(Shape shape, ImageInput image, boolean named) {
        boolean ranked = shape.rank() == 3 && shape.extent(2) > NUMBERS && shape.extent(2) <= Short.MAX_VALUE;
        if (!ranked || !image.fixedSize()) {
            return ranked && named;
        }
        return shape.extent(1) == YoloxGrid.cells(size(image));
    }

    private static ImageSize size(ImageInput image) {
        return image.fixedSize()
                ? new ImageSize(Math.toIntExact(image.width()), Math.toIntExact(image.height()))
                : USUAL_SIZE;
    }

    private static Recognition recognition(ModelSignature signature, ImageInput image, TensorInfo output) {
        Map<String, String> origins = new LinkedHashMap<>();
        Map<String, String> questions = new LinkedHashMap<>();
        boolean named = FileMetadata.family(signature).isPresent();
        origins.put("family", named ? "metadata firstpass.family" : "a row for each cell of strides 8, 16 and 32");
        origins.put("outputs", "shape " + output.shape());
        origins.put("batching", image.batchOrigin());
        origins.put("input", "as YOLOX is fed: BGR, 0..255, letterbox at the top left");
        if (image.fixedSize()) {
            origins.put("input.size", "input " + image.name());
        } else {
            questions.put("input.size", "the input takes any size; 640x640 is assumed, add `input: {size: [w, h]}`");
        }
        int columns = Math.toIntExact(output.shape().extent(2) - NUMBERS);
        Optional<List<String>> names = FileMetadata.classes(signature).filter(labels -> labels.size() == columns);
        if (names.isPresent()) {
            origins.put("classes", "metadata names");
        } else {
            questions.put(
                    "classes",
                    "the file does not name its " + columns + " classes; add `classes: [...]` with as many labels");
        }
        InputSpec input = new InputSpec(
                image.name(),
                new SizeRule.Fixed(size(image)),
                InputSpec.Resize.LETTERBOX_TOP_LEFT,
                InputSpec.Sampling.HALF_PIXEL,
                GREY,
                InputSpec.ColorOrder.BGR,
                image.layout(),
                image.type(),
                1,
                List.of(0.0, 0.0, 0.0),
                List.of(1.0, 1.0, 1.0));
        ModelSpec spec = new ModelSpec(
                ID,
                List.of(new StageSpec(StageSpec.MAIN, input, Map.of(DETECTIONS, output.name()), image.maxBatch())),
                names.orElseGet(() ->
                        IntStream.range(0, columns).mapToObj(Integer::toString).toList()),
                Thresholds.of(SCORE),
                new Suppression(IOU, true, 300),
                Map.of());
        // YOLOv6 has as many rows; its exporter calls them `outputs`.
        double byName =
                output.name().equals(EXPORTED_OUTPUT) ? 0.8 : output.name().equals("outputs") ? 0.4 : 0.6;
        return new Recognition(spec, named ? 1.0 : byName, origins, questions);
    }

    @Override
    public void check(ModelSpec spec) {
        FamilyParameters.of(this, spec).choice(BOXES, Boxes.class);
        if (spec.classes().isEmpty()) {
            throw new IllegalArgumentException("classes: none (expected: one label for each class of the model)");
        }
    }

    @Override
    public void checkOutputs(ModelSpec spec, StageSpec stage, List<TensorInfo> outputs) {
        String wanted = stage.outputs().getOrDefault(DETECTIONS, "");
        outputs.stream()
                .filter(output -> wanted.isEmpty() || output.name().equals(wanted))
                .map(TensorInfo::shape)
                .filter(shape -> shape.rank() == 3 && shape.extent(2) != Shape.DYNAMIC)
                .findFirst()
                .filter(shape -> shape.extent(2) != NUMBERS + spec.classes().size())
                .ifPresent(shape -> {
                    throw new IllegalArgumentException(
                            "classes: " + spec.classes().size() + " (expected: " + (shape.extent(2) - NUMBERS)
                                    + ", the columns of " + shape + " but " + NUMBERS + ")");
                });
    }

    @Override
    public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
        ModelSpec model = input.model();
        Boxes boxes = FamilyParameters.of(this, model).choice(BOXES, Boxes.class);
        List<YoloReading.Row> read = rows.stream()
                .map(row -> row(row, boxes, model.classes(), model.stage(input.stage())))
                .toList();
        YoloHead head =
                new YoloHead(YoloHead.Layout.ROWS, YoloHead.Task.DETECT, model.classes(), List.of(), new double[0]);
        return new Interpretation.Done(new YoloReading(head, model.suppression(), read).annotations(input.floor()));
    }

    private static YoloReading.Row row(RowOutput row, Boxes boxes, List<String> classes, StageSpec stage) {
        Tensor tensor = Outputs.named(row.outputs(), stage, DETECTIONS)
                .or(() -> row.outputs().tensors().stream()
                        .filter(one -> one.shape().rank() == 3)
                        .findFirst())
                .orElseThrow(() -> Outputs.notFound(DETECTIONS, "[1,N,5+classes]", row.outputs()));
        Shape shape = tensor.shape();
        if (shape.rank() != 3
                || shape.extent(0) != 1
                || shape.extent(2) != NUMBERS + classes.size()
                || shape.elements() > Integer.MAX_VALUE) {
            throw new OutputInvalidException(
                    "output " + tensor.name() + ": " + shape + " (expected: [1,N,5 + " + classes.size() + " classes])");
        }
        ImageSize input = row.transform().input();
        boolean isRaw = switch (boxes) {
            case RAW -> true;
            case DECODED -> false;
            case AUTO -> !isSpread(tensor, input);
        };
        YoloCandidates candidates = isRaw ? new YoloxGrid(tensor, classes, input) : new YoloRows(tensor, classes);
        return new YoloReading.Row(candidates, row.transform(), 0, Optional.empty());
    }

    /// Whether the mean centre is nearer to the row's middle than to its corner.
    private static boolean isSpread(Tensor tensor, ImageSize input) {
        long rows = tensor.shape().extent(1);
        long columns = tensor.shape().extent(2);
        double sum = 0;
        for (long row = 0; row < rows; row++) {
            sum += tensor.f32(row * columns) + (double) tensor.f32(row * columns + 1);
        }
        return sum / Math.max(1, rows) > (input.width() + input.height()) / 4.0;
    }
}
