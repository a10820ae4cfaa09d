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

/// Whether a file is a semantic segmentation: a single map with a channel for each class, or with the classes' numbers. Features of
/// an encoder have the first of these shapes as well, so without names the guess is a weak one, and only for fewer than 256
/// channels.
///
/// For one thread.
final class SemanticRecognition {
    private static final int MOST_CLASSES = 100_000;
    private static final int MOST_UNNAMED = 255;
    private static final int USUAL_SIDE = 512;

    /// The longer side that DeepLab's frozen graphs take at most.
    private static final int DEEPLAB_SIDE = 513;

    private static final Set<ElementType> FRACTIONS = Set.of(ElementType.FLOAT32, ElementType.FLOAT16);
    private static final Set<ElementType> NUMBERS =
            Set.of(ElementType.INT64, ElementType.INT32, ElementType.UINT8, ElementType.INT8);
    private static final Set<String> BACKGROUNDS = Set.of("background", "__background__", "_background_", "unlabeled");

    private final ModelSignature signature;
    private final ImageInput image;
    private final TensorInfo output;
    private final boolean isNamed;
    private final Optional<List<String>> names;
    private final Map<String, String> origins = new LinkedHashMap<>();
    private final Map<String, String> questions = new LinkedHashMap<>();

    private SemanticRecognition(ModelSignature signature, ImageInput image, TensorInfo output) {
        this.signature = signature;
        this.image = image;
        this.output = output;
        this.isNamed = FileMetadata.family(signature).isPresent();
        this.names = FileMetadata.classes(signature);
    }

    static Optional<Recognition> of(ModelSignature signature) {
        if (FileMetadata.namesAnotherFamily(signature, SemanticFamily.ID)
                || !signature.metadata().getOrDefault("task", "").isEmpty()) {
            return Optional.empty();
        }
        return output(signature)
                .flatMap(output -> ImageInput.of(signature)
                        .filter(image -> FRACTIONS.contains(image.type()) || image.type() == ElementType.UINT8)
                        .flatMap(image -> new SemanticRecognition(signature, image, output).recognition()));
    }

    /// The only one, or torchvision's `out` beside the one that only training needs.
    private static Optional<TensorInfo> output(ModelSignature signature) {
        List<TensorInfo> outputs = signature.outputs();
        boolean isPair = outputs.size() == 2
                && outputs.get(0).name().equals("out")
                && outputs.get(1).name().equals("aux");
        return outputs.size() == 1 || isPair ? Optional.of(outputs.getFirst()) : Optional.empty();
    }

    private Optional<Recognition> recognition() {
        Shape shape = output.shape();
        if (NUMBERS.contains(output.type()) && isPlane(shape)) {
            return Optional.of(recognition(-1, SemanticFamily.Activation.ARGMAX));
        }
        if (!FRACTIONS.contains(output.type()) || shape.rank() != 4) {
            return Optional.empty();
        }
        long channels = shape.extent(channelAxis(shape));
        boolean isAnother = shape.extents().stream().anyMatch(extent -> extent > Integer.MAX_VALUE)
                || (shape.extent(2) == 1 && shape.extent(3) == 1)
                || channels > MOST_CLASSES
                || channels == 0
                || (channels > MOST_UNNAMED && names.isEmpty() && !isNamed);
        if (isAnother) {
            return Optional.empty();
        }
        return Optional.of(recognition(
                channels, channels == 1 ? SemanticFamily.Activation.SIGMOID : SemanticFamily.Activation.SOFTMAX));
    }

    private static boolean isPlane(Shape shape) {
        return shape.extents().stream().noneMatch(extent -> extent > Integer.MAX_VALUE)
                && (shape.rank() == 3 || (shape.rank() == 4 && (shape.extent(1) == 1 || shape.extent(3) == 1)));
    }

    /// Where as many channels are as there are names, or else where the image has its channels.
    private int channelAxis(Shape shape) {
        int likely = image.layout() == InputSpec.Layout.NCHW ? 1 : 3;
        int other = 4 - likely;
        int named = names.map(List::size).orElse(-1);
        return shape.extent(likely) != named && shape.extent(other) == named ? other : likely;
    }

    private Recognition recognition(long channels, SemanticFamily.Activation activation) {
        origins.put("family", isNamed ? "metadata firstpass.family" : "one map, of the output's shape and type");
        origins.put("outputs", signature.outputs().size() == 1 ? "the only output" : "the output of this name");
        origins.put("batching", image.batchOrigin());
        List<String> classes = classes(channels);
        boolean isCounted = names.isPresent() && !questions.containsKey("classes");
        Map<String, String> parameters = parameters(activation, classes);
        StageSpec stage =
                new StageSpec(StageSpec.MAIN, input(), Map.of(SemanticFamily.MAP, output.name()), image.maxBatch());
        ModelSpec spec = new ModelSpec(
                SemanticFamily.ID,
                List.of(stage),
                classes,
                Thresholds.of(0.5),
                Suppression.STANDARD,
                Map.of(),
                parameters);
        double byShape = isCounted ? 0.55 : channels == 1 ? 0.2 : 0.4;
        return new Recognition(spec, isNamed ? 1.0 : byShape, origins, questions);
    }

    private List<String> classes(long channels) {
        Optional<List<String>> fitting = names.filter(labels -> channels == Shape.DYNAMIC || labels.size() == channels);
        if (fitting.isPresent()) {
            origins.put("classes", "metadata names");
            return fitting.get();
        }
        String wanted = channels == Shape.DYNAMIC ? "one label for each class" : channels + " labels";
        questions.put(
                "classes",
                "the file does not name its classes, if it is a segmentation at all; add `classes: [...]` with "
                        + wanted);
        return IntStream.range(0, Math.clamp(channels, 1, MOST_CLASSES))
                .mapToObj(Integer::toString)
                .toList();
    }

    private Map<String, String> parameters(SemanticFamily.Activation activation, List<String> classes) {
        Map<String, String> parameters = new LinkedHashMap<>();
        String key = "parameters.";
        String name = output.name().toLowerCase(Locale.ROOT);
        boolean isSigmoid = activation == SemanticFamily.Activation.SIGMOID || name.contains("sigmoid");
        SemanticFamily.Activation made = activation == SemanticFamily.Activation.SOFTMAX && isSigmoid
                ? SemanticFamily.Activation.SIGMOID
                : activation;
        if (made != SemanticFamily.Activation.SOFTMAX) {
            parameters.put(SemanticFamily.ACTIVATION, FamilyParameters.word(made));
            origins.put(key + SemanticFamily.ACTIVATION, "shape, type and name of the output");
        }
        boolean isKeras = image.layout() == InputSpec.Layout.NHWC;
        if (made != SemanticFamily.Activation.ARGMAX) {
            boolean isTold = name.matches(".*(prob|softmax|sigmoid).*") || name.contains("logit");
            boolean isDone = isTold ? !name.contains("logit") : isKeras;
            if (isDone) {
                parameters.put(SemanticFamily.GIVES, FamilyParameters.word(SemanticFamily.Gives.PROBABILITIES));
            }
            origins.put(
                    key + SemanticFamily.GIVES,
                    isTold
                            ? "name of the output"
                            : isKeras ? "Keras' models end with probabilities" : "PyTorch's models give logits");
        }
        if (BACKGROUNDS.contains(classes.getFirst().toLowerCase(Locale.ROOT))) {
            parameters.put(SemanticFamily.BACKGROUND, "0");
            origins.put(key + SemanticFamily.BACKGROUND, "the name of the first class");
        }
        return parameters;
    }

    private InputSpec input() {
        boolean isWhole = image.type() == ElementType.UINT8;
        boolean isTorch = image.layout() == InputSpec.Layout.NCHW && !isWhole;
        if (isTorch) {
            origins.put("input", "as torchvision's and Transformers' segmentations are fed: RGB, stretched");
            questions.put(
                    "input.mean",
                    "ImageNet's mean and deviation are assumed; add `input: {mean, std}` if it was trained otherwise");
        } else {
            origins.put("input", "as TensorFlow's segmentations are fed: RGB");
            if (!isWhole) {
                questions.put(
                        "input.scale", "pixels of 0 to 1 are assumed; add `input: {scale, mean, std}` if it is others");
            }
        }
        return new InputSpec(
                image.name(),
                size(isWhole),
                InputSpec.Resize.STRETCH,
                InputSpec.Sampling.HALF_PIXEL,
                0,
                InputSpec.ColorOrder.RGB,
                image.layout(),
                image.type(),
                isWhole ? 1 : ImageInput.PER_255,
                isTorch ? ImageInput.IMAGENET_MEAN : List.of(0.0, 0.0, 0.0),
                isTorch ? ImageInput.IMAGENET_STD : List.of(1.0, 1.0, 1.0));
    }

    private SizeRule size(boolean isWhole) {
        if (image.fixedSize()) {
            origins.put("input.size", "input " + image.name());
            return new SizeRule.Fixed(new ImageSize((int) image.width(), (int) image.height()));
        }
        if (isWhole) {
            origins.put("input.size", "any; as DeepLab's graphs are fed: the longer side at most " + DEEPLAB_SIDE);
            return new SizeRule.ShortestSide(1, DEEPLAB_SIDE, 1);
        }
        questions.put(
                "input.size",
                "the input takes any size; " + USUAL_SIDE + "x" + USUAL_SIDE
                        + " is assumed, add `input: {size: [w, h]}`");
        return new SizeRule.Fixed(new ImageSize(USUAL_SIDE, USUAL_SIDE));
    }
}
