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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/// Whether a file is a classifier: a single output with a number for each class. Embeddings have that shape as well, so without
/// names the guess is a weak one.
///
/// For one thread.
final class ClassificationRecognition {
    private static final int MOST_CLASSES = 100_000;
    private static final int USUAL_SIDE = 224;

    /// torchvision's: 224 of 256.
    private static final double USUAL_CROP = 0.875;

    private final ModelSignature signature;
    private final ImageInput image;
    private final TensorInfo output;
    private final boolean isNamed;
    private final boolean isUltralytics;
    private final Map<String, String> origins = new LinkedHashMap<>();
    private final Map<String, String> questions = new LinkedHashMap<>();

    private ClassificationRecognition(ModelSignature signature, ImageInput image, TensorInfo output) {
        this.signature = signature;
        this.image = image;
        this.output = output;
        this.isNamed = FileMetadata.family(signature).isPresent();
        this.isUltralytics = signature.metadata().getOrDefault("author", "").equals("Ultralytics")
                && signature.metadata().getOrDefault("task", "").equals("classify");
    }

    static Optional<Recognition> of(ModelSignature signature) {
        if (FileMetadata.namesAnotherFamily(signature, ClassificationFamily.ID)
                || signature.outputs().size() != 1) {
            return Optional.empty();
        }
        TensorInfo output = signature.outputs().getFirst();
        long columns = output.shape().rank() < 2 ? 0 : output.shape().extent(1);
        String task = signature.metadata().getOrDefault("task", "");
        boolean fits = ClassificationFamily.isScores(output.shape())
                && Set.of(ElementType.FLOAT32, ElementType.FLOAT16).contains(output.type())
                && (columns == Shape.DYNAMIC || (columns >= 1 && columns <= MOST_CLASSES))
                && Set.of("", "classify").contains(task);
        return fits
                ? ImageInput.of(signature)
                        .filter(image -> Set.of(ElementType.FLOAT32, ElementType.FLOAT16, ElementType.UINT8)
                                .contains(image.type()))
                        .map(image -> new ClassificationRecognition(signature, image, output).recognition(columns))
                : Optional.empty();
    }

    private Recognition recognition(long columns) {
        origins.put("family", isNamed ? "metadata firstpass.family" : family());
        origins.put("outputs", "the only output");
        origins.put("batching", image.batchOrigin());
        List<String> classes = classes(columns);
        boolean isCounted = FileMetadata.classes(signature).isPresent() && !questions.containsKey("classes");
        Map<String, String> parameters = parameters(columns);
        StageSpec stage = new StageSpec(
                StageSpec.MAIN, input(), Map.of(ClassificationFamily.SCORES, output.name()), image.maxBatch());
        ModelSpec spec = new ModelSpec(
                ClassificationFamily.ID,
                List.of(stage),
                classes,
                Thresholds.of(columns == 1 ? 0.5 : 0.25),
                Suppression.STANDARD,
                Map.of(),
                parameters);
        double byShape = isUltralytics ? 0.95 : isCounted ? 0.6 : 0.3;
        return new Recognition(spec, isNamed ? 1.0 : byShape, origins, questions);
    }

    private String family() {
        return isUltralytics ? "metadata task of Ultralytics' exporter" : "one output, a number for each class";
    }

    private List<String> classes(long columns) {
        Optional<List<String>> names = FileMetadata.classes(signature)
                .filter(labels -> columns == Shape.DYNAMIC || labels.size() == columns || isPair(columns, labels));
        if (names.isPresent()) {
            origins.put("classes", "metadata names");
            return names.get();
        }
        String wanted = columns == Shape.DYNAMIC ? "one label for each class" : columns + " labels";
        questions.put(
                "classes",
                "the file does not name its classes, if it is a classifier at all; add `classes: [...]` with "
                        + wanted);
        return IntStream.range(0, Math.clamp(columns, 1, MOST_CLASSES))
                .mapToObj(Integer::toString)
                .toList();
    }

    private static boolean isPair(long columns, List<String> labels) {
        return columns == 1 && labels.size() == 2;
    }

    /// What the output's name tells of its numbers, and for a single one what its kind of file makes likely.
    private Map<String, String> parameters(long columns) {
        String key = "parameters." + ClassificationFamily.GIVES;
        String name = output.name().toLowerCase(Locale.ROOT);
        if (isUltralytics) {
            origins.put(key, "Ultralytics' export ends with softmax");
            return Map.of(ClassificationFamily.GIVES, FamilyParameters.word(ClassificationFamily.Gives.PROBABILITIES));
        }
        boolean isDone = name.matches(".*(prob|softmax|sigmoid).*");
        boolean isRaw = name.contains("logit");
        if (isDone || isRaw) {
            origins.put(key, "name of the output");
        } else if (columns == 1) {
            boolean isKeras = image.layout() == InputSpec.Layout.NHWC;
            questions.put(
                    key,
                    "a single number is taken for a " + (isKeras ? "probability" : "logit") + "; add `parameters: {"
                            + ClassificationFamily.GIVES + ": " + (isKeras ? "logits" : "probabilities")
                            + "}` if it is none");
            isDone = isKeras;
            isRaw = !isKeras;
        }
        return isDone
                ? Map.of(ClassificationFamily.GIVES, FamilyParameters.word(ClassificationFamily.Gives.PROBABILITIES))
                : isRaw
                        ? Map.of(ClassificationFamily.GIVES, FamilyParameters.word(ClassificationFamily.Gives.LOGITS))
                        : Map.of();
    }

    private InputSpec input() {
        ImageSize size = size();
        boolean isWhole = image.type() == ElementType.UINT8;
        boolean isTorch = image.layout() == InputSpec.Layout.NCHW && !isWhole;
        boolean isImageNet = isTorch && !isUltralytics;
        if (isUltralytics) {
            origins.put("input", "as Ultralytics' classifiers are fed: RGB, 0..1, the middle of the image");
        } else if (isTorch) {
            origins.put(
                    "input", "as torchvision's classifiers are fed: RGB, ImageNet's mean and deviation, the middle");
            questions.put(
                    "input.mean",
                    "ImageNet's mean and deviation are assumed; add `input: {mean, std}` if it was trained otherwise");
        } else {
            origins.put("input", "as Keras' classifiers are fed: RGB, stretched");
            if (!isWhole) {
                questions.put(
                        "input.scale",
                        "pixels of 0 to 255 are assumed, which the model scales by itself; add `input: {scale, mean, std}`");
            }
        }
        InputSpec spec = new InputSpec(
                image.name(),
                new SizeRule.Fixed(size),
                InputSpec.Resize.STRETCH,
                InputSpec.Sampling.HALF_PIXEL,
                0,
                InputSpec.ColorOrder.RGB,
                image.layout(),
                image.type(),
                isTorch ? ImageInput.PER_255 : 1,
                isImageNet ? ImageInput.IMAGENET_MEAN : List.of(0.0, 0.0, 0.0),
                isImageNet ? ImageInput.IMAGENET_STD : List.of(1.0, 1.0, 1.0));
        return isTorch ? spec.withCrop(isUltralytics ? 1 : USUAL_CROP) : spec;
    }

    private ImageSize size() {
        if (image.fixedSize()) {
            origins.put("input.size", "input " + image.name());
            return new ImageSize((int) image.width(), (int) image.height());
        }
        questions.put(
                "input.size",
                "the input takes any size; " + USUAL_SIDE + "x" + USUAL_SIDE
                        + " is assumed, add `input: {size: [w, h]}`");
        return new ImageSize(USUAL_SIDE, USUAL_SIDE);
    }
}
