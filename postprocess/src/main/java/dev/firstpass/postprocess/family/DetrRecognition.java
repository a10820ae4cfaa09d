package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.family.DetrFamily.Layout;
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

/// Whether a file is a detection transformer, by the names and shapes of its outputs, or by what Ultralytics' exporter notes.
///
/// For one thread.
final class DetrRecognition {
    private static final int USUAL_SIDE = 640;
    private static final int MOST_CLASSES = 100_000;

    /// Queries of DETR; the newer ones have 300.
    private static final int QUERIES_OF_DETR = 100;

    private final ModelSignature signature;
    private final ImageInput image;
    private final boolean isNamed;
    private final Optional<List<String>> names;
    private final Map<String, String> origins = new LinkedHashMap<>();
    private final Map<String, String> questions = new LinkedHashMap<>();

    /// What the outputs are taken for.
    ///
    /// @param outputs role -> name
    /// @param columns of the output that tells the classes; -1 where none does
    /// @param isImageNet whether the pixels are normalised as in ImageNet
    private record Reading(
            Layout layout, Map<String, String> outputs, long columns, boolean isImageNet, double confidence) {
        long classes() {
            return columns < 0 ? -1 : columns - layout.others();
        }
    }

    private DetrRecognition(ModelSignature signature, ImageInput image) {
        this.signature = signature;
        this.image = image;
        this.isNamed = FileMetadata.family(signature).isPresent();
        this.names = FileMetadata.classes(signature);
    }

    static Optional<Recognition> of(ModelSignature signature) {
        if (FileMetadata.namesAnotherFamily(signature, DetrFamily.ID)) {
            return Optional.empty();
        }
        return ImageInput.of(signature)
                .filter(image ->
                        Set.of(ElementType.FLOAT32, ElementType.FLOAT16).contains(image.type()))
                .flatMap(image -> new DetrRecognition(signature, image).recognition());
    }

    private Optional<Recognition> recognition() {
        return ultralytics().or(this::top).or(this::logits).map(this::recognition);
    }

    private String text(String key) {
        return signature.metadata().getOrDefault(key, "");
    }

    // --- Readings

    private Optional<Reading> ultralytics() {
        boolean isSaid = text("head").contains("RTDETR") || text("description").matches("(?i).*rt-?detr.*");
        if (!isSaid || signature.outputs().size() != 1) {
            return Optional.empty();
        }
        TensorInfo output = signature.outputs().getFirst();
        if (output.shape().rank() != 3) {
            return Optional.empty();
        }
        long columns = output.shape().extent(2);
        int classes = names.map(List::size).orElse(-1);
        Map<String, String> roles = Map.of(DetrFamily.DETECTIONS, output.name());
        if (columns == 6) {
            if (classes == 2) {
                questions.put(
                        "parameters." + DetrFamily.LAYOUT,
                        "six columns are two classes or score and class; the latter is assumed, add `parameters: "
                                + "{layout: columns}` if the file is of Ultralytics before 8.4");
            }
            return Optional.of(new Reading(Layout.ROWS, roles, -1, false, 0.95));
        }
        return columns > 4 || columns == Shape.DYNAMIC
                ? Optional.of(new Reading(Layout.COLUMNS, roles, columns, false, 0.95))
                : Optional.empty();
    }

    private Optional<Reading> top() {
        Optional<TensorInfo> labels = named(DetrFamily.LABELS, 2);
        Optional<TensorInfo> boxes = named(DetrFamily.BOXES, 3).filter(DetrRecognition::isBoxes);
        Optional<TensorInfo> scores = named(DetrFamily.SCORES, 2);
        if (labels.isEmpty() || boxes.isEmpty() || scores.isEmpty()) {
            return Optional.empty();
        }
        Map<String, String> roles = Map.of(
                DetrFamily.LABELS, DetrFamily.LABELS,
                DetrFamily.BOXES, DetrFamily.BOXES,
                DetrFamily.SCORES, DetrFamily.SCORES);
        return Optional.of(new Reading(Layout.TOP, roles, -1, false, 0.85));
    }

    private Optional<TensorInfo> named(String name, int rank) {
        return signature.output(name).filter(output -> output.shape().rank() == rank);
    }

    private static boolean isBoxes(TensorInfo output) {
        return output.shape().rank() == 3 && output.shape().extent(2) == 4;
    }

    /// The first pair whose names and shapes agree: later ones are those of earlier layers.
    private Optional<Reading> logits() {
        for (TensorInfo scores : signature.outputs()) {
            boolean isRfDetr = scores.name().equals("labels");
            if (scores.shape().rank() != 3 || !(isRfDetr || lower(scores).contains("logit"))) {
                continue;
            }
            for (TensorInfo boxes : signature.outputs()) {
                boolean isBoxes = !boxes.equals(scores)
                        && isBoxes(boxes)
                        && (isRfDetr
                                ? boxes.name().equals("dets")
                                : lower(boxes).contains("box"))
                        && boxes.shape().extent(1) == scores.shape().extent(1);
                if (isBoxes) {
                    Map<String, String> roles =
                            Map.of(DetrFamily.SCORES, scores.name(), DetrFamily.BOXES, boxes.name());
                    return logits(scores.shape(), roles, isRfDetr);
                }
            }
        }
        return Optional.empty();
    }

    private static String lower(TensorInfo output) {
        return output.name().toLowerCase(Locale.ROOT);
    }

    private Optional<Reading> logits(Shape scores, Map<String, String> roles, boolean isRfDetr) {
        long columns = scores.extent(2);
        int named = names.map(List::size).orElse(-1);
        String key = "parameters." + DetrFamily.LAYOUT;
        if (columns != Shape.DYNAMIC && (columns < 2 || columns > MOST_CLASSES)) {
            return Optional.empty();
        }
        if (isRfDetr) {
            origins.put(key, "outputs dets and labels, as RF-DETR names them");
            return Optional.of(new Reading(Layout.SIGMOID, roles, columns, true, 0.9));
        }
        if (named == columns || named == columns - 1) {
            origins.put(key, "metadata names " + named + " classes for " + columns + " columns");
            boolean isSoftmax = named == columns - 1;
            return Optional.of(
                    new Reading(isSoftmax ? Layout.SOFTMAX : Layout.SIGMOID, roles, columns, isSoftmax, 0.9));
        }
        boolean isSoftmax = scores.extent(1) == QUERIES_OF_DETR;
        questions.put(
                key,
                "logits of " + scores.extent(1) + " queries, "
                        + (isSoftmax ? "as DETR's: softmax" : "as RT-DETR's: sigmoid")
                        + " is assumed; add `parameters: {layout: " + (isSoftmax ? "sigmoid" : "softmax")
                        + "}` if the last column is " + (isSoftmax ? "a class" : "\"no object\""));
        questions.put(
                "input.mean",
                (isSoftmax ? "ImageNet's mean and deviation are" : "no mean is") + " assumed; "
                        + "add `input: {mean, std}` if the model was trained otherwise");
        return Optional.of(new Reading(isSoftmax ? Layout.SOFTMAX : Layout.SIGMOID, roles, columns, isSoftmax, 0.85));
    }

    // --- The specification

    private Recognition recognition(Reading reading) {
        origins.put("family", isNamed ? "metadata firstpass.family" : "names and shapes of the outputs");
        origins.put("outputs", "names and shapes");
        origins.put("batching", image.batchOrigin());
        StageSpec stage = new StageSpec(StageSpec.MAIN, input(reading), reading.outputs(), image.maxBatch());
        Map<String, String> parameters = reading.layout() == Layout.SIGMOID
                ? Map.of()
                : Map.of(DetrFamily.LAYOUT, FamilyParameters.word(reading.layout()));
        origins.putIfAbsent("parameters." + DetrFamily.LAYOUT, "names and shapes of the outputs");
        ModelSpec spec = new ModelSpec(
                DetrFamily.ID,
                List.of(stage),
                classes(reading.classes()),
                Thresholds.of(0.5),
                Suppression.STANDARD,
                Map.of(),
                parameters);
        return new Recognition(spec, isNamed ? 1.0 : reading.confidence(), origins, questions);
    }

    private List<String> classes(long count) {
        if (names.isPresent() && (count < 0 || names.get().size() == count)) {
            origins.put("classes", "metadata names");
            return names.get();
        }
        String said = names.map(all -> "names " + all.size() + " classes").orElse("does not name its classes");
        String wanted = count < 0 ? "one label for each class of the model" : count + " labels";
        questions.put("classes", "the file " + said + "; add `classes: [...]` with " + wanted);
        return IntStream.range(0, Math.clamp(count, 0, MOST_CLASSES))
                .mapToObj(Integer::toString)
                .toList();
    }

    private InputSpec input(Reading reading) {
        boolean isImageNet = reading.isImageNet();
        origins.put(
                "input",
                isImageNet
                        ? "as DETR is fed: RGB, ImageNet's mean and deviation"
                        : "as RT-DETR is fed: RGB, 0..1, stretched");
        return new InputSpec(
                image.name(),
                size(reading),
                InputSpec.Resize.STRETCH,
                InputSpec.Sampling.HALF_PIXEL,
                0,
                InputSpec.ColorOrder.RGB,
                image.layout(),
                image.type(),
                ImageInput.PER_255,
                isImageNet ? ImageInput.IMAGENET_MEAN : List.of(0.0, 0.0, 0.0),
                isImageNet ? ImageInput.IMAGENET_STD : List.of(1.0, 1.0, 1.0));
    }

    private SizeRule size(Reading reading) {
        if (image.fixedSize()) {
            origins.put("input.size", "input " + image.name());
            return new SizeRule.Fixed(new ImageSize((int) image.width(), (int) image.height()));
        }
        if (reading.layout() == Layout.SOFTMAX) {
            origins.put(
                    "input.size", "any; as DETR is fed: the shorter side at least 800, the longer one at most 1333");
            return new SizeRule.ShortestSide(800, 1333, 1);
        }
        questions.put(
                "input.size",
                "the input takes any size; " + USUAL_SIDE + "x" + USUAL_SIDE
                        + " is assumed, add `input: {size: [w, h]}`");
        return new SizeRule.Fixed(new ImageSize(USUAL_SIDE, USUAL_SIDE));
    }
}
