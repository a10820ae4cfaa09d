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
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// Whether a file gives joints of a figure, and in which way.
///
/// For one thread.
final class KeypointsRecognition {
    private static final int MOST_JOINTS = 1000;

    private final ModelSignature signature;
    private final ImageInput image;
    private final boolean isNamed;
    private final Map<String, String> origins = new LinkedHashMap<>();
    private final Map<String, String> questions = new LinkedHashMap<>();

    private record Reading(
            KeypointsFamily.Layout layout, Map<String, String> roles, int joints, double confidence, String origin) {}

    private KeypointsRecognition(ModelSignature signature, ImageInput image) {
        this.signature = signature;
        this.image = image;
        this.isNamed = FileMetadata.family(signature).isPresent();
    }

    static Optional<Recognition> of(ModelSignature signature) {
        if (FileMetadata.namesAnotherFamily(signature, KeypointsFamily.ID)
                || !signature.metadata().getOrDefault("task", "").isEmpty()) {
            return Optional.empty();
        }
        return ImageInput.of(signature)
                .filter(image -> image.fixedSize()
                        && (image.type() == ElementType.FLOAT32
                                || image.type() == ElementType.INT32
                                || image.type() == ElementType.UINT8))
                .flatMap(image -> new KeypointsRecognition(signature, image).recognition());
    }

    private Optional<Recognition> recognition() {
        return moveNet().or(this::simcc).or(this::heatmaps).map(this::recognition);
    }

    private Optional<Reading> moveNet() {
        return only().filter(output -> output.shape().rank() == 4
                        && output.shape().extent(1) == 1
                        && output.shape().extent(3) == 3
                        && isCount(output.shape().extent(2))
                        && image.layout() == InputSpec.Layout.NHWC)
                .map(output -> new Reading(
                        KeypointsFamily.Layout.MOVENET,
                        Map.of(KeypointsFamily.JOINTS, output.name()),
                        (int) output.shape().extent(2),
                        0.9,
                        "[1,1,K,3], as MoveNet gives joints"));
    }

    /// Two axes in fractions of the image's, across and down; names tell them apart where the image is square.
    private Optional<Reading> simcc() {
        List<TensorInfo> outputs = signature.outputs();
        if (outputs.size() != 2
                || outputs.stream().anyMatch(output -> output.shape().rank() != 3)
                || outputs.get(0).shape().extent(1) != outputs.get(1).shape().extent(1)
                || !isCount(outputs.get(0).shape().extent(1))) {
            return Optional.empty();
        }
        long across = outputs.get(0).shape().extent(2);
        long down = outputs.get(1).shape().extent(2);
        boolean isNamedSo =
                lower(outputs.get(0)).contains("x") && lower(outputs.get(1)).contains("y");
        boolean fits = across > 0
                && across % image.width() == 0
                && down > 0
                && down % image.height() == 0
                && across / image.width() == down / image.height();
        return fits && (isNamedSo || image.width() != image.height())
                ? Optional.of(new Reading(
                        KeypointsFamily.Layout.SIMCC,
                        Map.of(
                                KeypointsFamily.X, outputs.get(0).name(),
                                KeypointsFamily.Y, outputs.get(1).name()),
                        (int) outputs.get(0).shape().extent(1),
                        0.85,
                        "two outputs of fractions of columns and rows"))
                : Optional.empty();
    }

    /// A quarter of the image's sides: by the output's name, by names of joints, or by COCO's joints and an upright image, which
    /// segmentations do not have.
    private Optional<Reading> heatmaps() {
        return only().filter(output -> output.shape().rank() == 4
                        && output.type() == ElementType.FLOAT32
                        && image.layout() == InputSpec.Layout.NCHW
                        && isCount(output.shape().extent(1))
                        && isPart(image.width(), output.shape().extent(3))
                        && image.height() * output.shape().extent(3)
                                == image.width() * output.shape().extent(2))
                .filter(output -> isNamed
                        || lower(output).matches(".*(heat|keypoint|joint).*")
                        || named().filter(
                                        names -> names.size() == output.shape().extent(1))
                                .isPresent()
                        || (output.shape().extent(1) == YoloRecognition.COCO_JOINTS.size()
                                && image.height() > image.width()))
                .map(output -> new Reading(
                        KeypointsFamily.Layout.HEATMAPS,
                        Map.of(KeypointsFamily.HEATMAPS, output.name()),
                        (int) output.shape().extent(1),
                        0.7,
                        "one output of maps"));
    }

    private static boolean isPart(long side, long cells) {
        return cells > 1 && side % cells == 0 && side / cells >= 2 && side / cells <= 16;
    }

    private static boolean isCount(long joints) {
        return joints >= 1 && joints <= MOST_JOINTS;
    }

    private Optional<TensorInfo> only() {
        return signature.outputs().size() == 1 ? Optional.of(signature.outputs().getFirst()) : Optional.empty();
    }

    private static String lower(TensorInfo output) {
        return output.name().toLowerCase(Locale.ROOT);
    }

    private Optional<List<String>> named() {
        return FileMetadata.names(signature, "kpt_names");
    }

    private Recognition recognition(Reading reading) {
        origins.put("family", isNamed ? "metadata firstpass.family" : reading.origin());
        origins.put("outputs", "names and shapes");
        origins.put("batching", image.batchOrigin());
        origins.put("parameters." + KeypointsFamily.LAYOUT, reading.origin());
        Map<String, String> parameters = new LinkedHashMap<>();
        if (reading.layout() != KeypointsFamily.Layout.HEATMAPS) {
            parameters.put(KeypointsFamily.LAYOUT, FamilyParameters.word(reading.layout()));
        }
        parameters.put(KeypointsFamily.KEYPOINTS, String.join(",", joints(reading.joints())));
        Optional<List<String>> classes = FileMetadata.classes(signature).filter(names -> names.size() == 1);
        origins.put("classes", classes.isPresent() ? "metadata names" : "the family's default");
        StageSpec stage = new StageSpec(StageSpec.MAIN, input(reading.layout()), reading.roles(), image.maxBatch());
        ModelSpec spec = new ModelSpec(
                KeypointsFamily.ID,
                List.of(stage),
                classes.orElse(List.of(KeypointsFamily.DEFAULT_LABEL)),
                Thresholds.of(0.3),
                Suppression.STANDARD,
                Map.of(),
                parameters);
        return new Recognition(spec, isNamed ? 1.0 : reading.confidence(), origins, questions);
    }

    private List<String> joints(int count) {
        String key = "parameters." + KeypointsFamily.KEYPOINTS;
        Optional<List<String>> named = named().filter(names ->
                names.size() == count && names.stream().noneMatch(name -> name.isBlank() || name.contains(",")));
        if (named.isPresent()) {
            origins.put(key, "metadata kpt_names");
            return named.get();
        }
        if (count == YoloRecognition.COCO_JOINTS.size()) {
            origins.put(key, "COCO's, of which there are 17 too");
            return YoloRecognition.COCO_JOINTS;
        }
        questions.put(
                key,
                "the file does not name its joints; add `parameters: {keypoints: [...]}` with " + count + " names");
        return IntStream.range(0, count).mapToObj(Integer::toString).toList();
    }

    private InputSpec input(KeypointsFamily.Layout layout) {
        boolean isRaw = layout == KeypointsFamily.Layout.MOVENET;
        origins.put(
                "input",
                isRaw
                        ? "as MoveNet is fed: RGB, 0..255, letterbox on black"
                        : "as HRNet and RTMPose are fed: RGB, ImageNet's mean and deviation, letterbox on black");
        origins.put("input.size", "input " + image.name());
        boolean isNormalised = !isRaw && image.type() == ElementType.FLOAT32;
        return new InputSpec(
                image.name(),
                new SizeRule.Fixed(new ImageSize((int) image.width(), (int) image.height())),
                InputSpec.Resize.LETTERBOX,
                InputSpec.Sampling.HALF_PIXEL,
                0,
                InputSpec.ColorOrder.RGB,
                image.layout(),
                image.type(),
                isNormalised ? ImageInput.PER_255 : 1,
                isNormalised ? ImageInput.IMAGENET_MEAN : List.of(0.0, 0.0, 0.0),
                isNormalised ? ImageInput.IMAGENET_STD : List.of(1.0, 1.0, 1.0));
    }
}
