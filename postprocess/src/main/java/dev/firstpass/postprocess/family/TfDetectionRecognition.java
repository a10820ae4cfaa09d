package dev.firstpass.postprocess.family;

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
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Whether a file has the outputs of the TensorFlow Object Detection API: by their names, by TFLite's, or, where conversion
/// has renamed them, by shapes and order.
///
/// For one thread.
final class TfDetectionRecognition {
    private static final String TFLITE = "TFLite_Detection_PostProcess";

    /// Detections that a model has room for: 100 as a rule.
    private static final int MOST_ROOM = 1000;

    private final ModelSignature signature;
    private final ImageInput image;
    private final boolean isNamed;
    private final Map<String, String> origins = new LinkedHashMap<>();
    private final Map<String, String> questions = new LinkedHashMap<>();

    /// @param roles role -> name
    /// @param origin how they were told
    private record Reading(Map<String, String> roles, int firstLabel, double confidence, String origin) {}

    private TfDetectionRecognition(ModelSignature signature, ImageInput image) {
        this.signature = signature;
        this.image = image;
        this.isNamed = FileMetadata.family(signature).isPresent();
    }

    static Optional<Recognition> of(ModelSignature signature) {
        if (FileMetadata.namesAnotherFamily(signature, TfDetectionFamily.ID)) {
            return Optional.empty();
        }
        return ImageInput.of(signature)
                .filter(image -> Set.of(ElementType.FLOAT32, ElementType.UINT8).contains(image.type()))
                .flatMap(image -> new TfDetectionRecognition(signature, image).recognition());
    }

    private Optional<Recognition> recognition() {
        return byNames().or(this::byTflite).or(this::byOrder).map(this::recognition);
    }

    private Optional<TensorInfo> output(String name, int rank) {
        return signature.output(name).filter(output -> output.shape().rank() == rank);
    }

    private Optional<Reading> byNames() {
        Map<String, String> roles = new LinkedHashMap<>();
        output("detection_boxes", 3)
                .filter(output ->
                        output.shape().extent(2) == 4 || output.shape().extent(2) == Shape.DYNAMIC)
                .ifPresent(output -> roles.put(TfDetectionFamily.BOXES, output.name()));
        output("detection_classes", 2).ifPresent(output -> roles.put(TfDetectionFamily.CLASSES, output.name()));
        output("detection_scores", 2).ifPresent(output -> roles.put(TfDetectionFamily.SCORES, output.name()));
        if (roles.size() < 3) {
            return Optional.empty();
        }
        signature.output("num_detections").ifPresent(output -> roles.put(TfDetectionFamily.COUNT, output.name()));
        output("detection_masks", 4).ifPresent(output -> roles.put(TfDetectionFamily.MASKS, output.name()));
        Optional<TensorInfo> info = output("image_info", 3);
        info.ifPresent(output -> roles.put(TfDetectionFamily.INFO, output.name()));
        String whose = info.isPresent() ? "TensorFlow's Model Garden" : "the Object Detection API";
        return Optional.of(new Reading(roles, 1, 0.95, "names of " + whose));
    }

    private Optional<Reading> byTflite() {
        Map<String, String> roles = Map.of(
                TfDetectionFamily.BOXES, TFLITE,
                TfDetectionFamily.CLASSES, TFLITE + ":1",
                TfDetectionFamily.SCORES, TFLITE + ":2",
                TfDetectionFamily.COUNT, TFLITE + ":3");
        boolean fits = output(TFLITE, 3).isPresent()
                && output(TFLITE + ":1", 2).isPresent()
                && output(TFLITE + ":2", 2).isPresent()
                && signature.output(TFLITE + ":3").isPresent();
        return fits ? Optional.of(new Reading(roles, 0, 0.95, "names of TFLite's postprocessing")) : Optional.empty();
    }

    /// Signatures sort their outputs by name: anchors, boxes, classes, (masks,) multiclass scores, scores, number, raw boxes, raw
    /// scores. Where conversion made `Identity_n` of the names, the order is what is left.
    private Optional<Reading> byOrder() {
        List<TensorInfo> outputs = signature.outputs();
        List<TensorInfo> boxes =
                outputs.stream().filter(TfDetectionRecognition::isBoxes).toList();
        if (boxes.isEmpty()) {
            return Optional.empty();
        }
        long room = boxes.getFirst().shape().extent(1);
        List<TensorInfo> flat = new ArrayList<>(outputs.stream()
                .filter(output -> output.shape().rank() == 2 && output.shape().extent(1) == room)
                .toList());
        List<TensorInfo> counts =
                outputs.stream().filter(output -> output.shape().rank() == 1).toList();
        boolean isLite = outputs.size() == 4 && flat.size() == 2 && counts.size() == 1;
        boolean isFull = outputs.size() == 8 && flat.size() == 3 && counts.size() == 1;
        if (!isLite && !isFull) {
            return Optional.empty();
        }
        if (isFull) {
            flat.removeFirst();
        }
        Map<String, String> roles = Map.of(
                TfDetectionFamily.BOXES, boxes.getFirst().name(),
                TfDetectionFamily.CLASSES, flat.get(0).name(),
                TfDetectionFamily.SCORES, flat.get(1).name(),
                TfDetectionFamily.COUNT, counts.getFirst().name());
        questions.put(
                "outputs",
                "the names say nothing; by their order classes are "
                        + flat.get(0).name() + " and scores " + flat.get(1).name()
                        + ", add `outputs: {classes: .., scores: ..}` if they are not");
        return Optional.of(new Reading(roles, isLite ? 0 : 1, 0.6, "shapes and order"));
    }

    private static boolean isBoxes(TensorInfo output) {
        Shape shape = output.shape();
        return shape.rank() == 3 && shape.extent(2) == 4 && shape.extent(1) > 0 && shape.extent(1) <= MOST_ROOM;
    }

    private Recognition recognition(Reading reading) {
        origins.put("family", isNamed ? "metadata firstpass.family" : reading.origin());
        origins.put("outputs", reading.origin());
        origins.put("batching", image.batchOrigin());
        Map<String, String> parameters = new LinkedHashMap<>();
        boolean isMasked = reading.roles().containsKey(TfDetectionFamily.MASKS);
        origins.put("parameters." + TfDetectionFamily.TASK, isMasked ? "output detection_masks" : "no output of masks");
        if (isMasked) {
            parameters.put(TfDetectionFamily.TASK, FamilyParameters.word(TfDetectionFamily.Task.SEGMENT));
        }
        origins.put("parameters." + TfDetectionFamily.FIRST_LABEL, reading.origin());
        boolean isPixels = reading.roles().containsKey(TfDetectionFamily.INFO);
        origins.put(
                "parameters." + TfDetectionFamily.BOXES,
                isPixels
                        ? "output image_info: pixels, unless the export had output_normalized_coordinates"
                        : "no output image_info");
        if (isPixels) {
            parameters.put(TfDetectionFamily.BOXES, FamilyParameters.word(TfDetectionFamily.Boxes.PIXELS));
        }
        if (reading.firstLabel() != 1) {
            parameters.put(TfDetectionFamily.FIRST_LABEL, Integer.toString(reading.firstLabel()));
        }
        StageSpec stage = new StageSpec(StageSpec.MAIN, input(), reading.roles(), image.maxBatch());
        ModelSpec spec = new ModelSpec(
                TfDetectionFamily.ID,
                List.of(stage),
                classes(),
                Thresholds.of(0.5),
                Suppression.STANDARD,
                Map.of(),
                parameters);
        return new Recognition(spec, isNamed ? 1.0 : reading.confidence(), origins, questions);
    }

    private List<String> classes() {
        Optional<List<String>> names = FileMetadata.classes(signature);
        if (names.isPresent()) {
            origins.put("classes", "metadata names");
            return names.get();
        }
        questions.put(
                "classes",
                "the file does not name its classes; add `classes: [...]` by the label map, its lowest id first, \"\" for gaps");
        return List.of("1");
    }

    private InputSpec input() {
        SizeRule size;
        if (image.fixedSize()) {
            origins.put("input.size", "input " + image.name());
            size = new SizeRule.Fixed(new ImageSize((int) image.width(), (int) image.height()));
        } else {
            // The model scales by itself; larger pictures than it looks at are work for nothing.
            origins.put("input.size", "any: the model scales by itself; the longer side at most 1024, as the asset is");
            size = new SizeRule.ShortestSide(1, 1024, 1);
        }
        if (image.type() == ElementType.FLOAT32) {
            questions.put(
                    "input.scale",
                    "values are assumed to be 0..255; add `input: {scale, mean, std}` if the model was exported otherwise");
        }
        origins.put("input", "as the API's models are fed: RGB, 0..255");
        return new InputSpec(
                image.name(),
                size,
                InputSpec.Resize.STRETCH,
                FileMetadata.sampling(signature).orElse(InputSpec.Sampling.HALF_PIXEL),
                0,
                InputSpec.ColorOrder.RGB,
                image.layout(),
                image.type(),
                1.0,
                List.of(0.0, 0.0, 0.0),
                List.of(1.0, 1.0, 1.0));
    }
}
