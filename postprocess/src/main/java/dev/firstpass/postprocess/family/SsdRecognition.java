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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Whether a file is a single-shot detector, and what its outputs hold, by their names and shapes and by how pixels lie in the input:
/// TensorFlow keeps channels last, PyTorch first.
///
/// For one thread.
final class SsdRecognition {
    private static final int MOST_CLASSES = 100_000;

    /// What an input of any size gets: the size SSD was published with.
    private static final ImageSize USUAL_SIZE = new ImageSize(300, 300);

    private static final Pattern BACKGROUND = Pattern.compile("(?i)_*background_*");

    private final ModelSignature signature;
    private final ImageInput image;
    private final SsdHeads heads;
    private final boolean isNamed;
    private final long columns;
    private final Optional<List<String>> names;
    private final Map<String, String> origins = new LinkedHashMap<>();
    private final Map<String, String> questions = new LinkedHashMap<>();
    private final Map<String, String> parameters = new LinkedHashMap<>();

    /// Whether such files have a column of it, where no names tell.
    private boolean hasBackground;

    /// Anchors that people do not choose themselves.
    ///
    /// @param count by which they are known, with the side of the input
    /// @param parameters grids, scales and what else differs from the defaults
    private record Usual(String name, int side, int count, Map<String, String> parameters) {}

    private static final Map<String, String> OF_SSD_300 = Map.of(
            SsdReading.GRIDS, "38, 19, 10, 5, 3, 1",
            SsdReading.SCALES, "0.07, 0.15, 0.33, 0.51, 0.69, 0.87, 1.05",
            SsdReading.RATIOS, "2, 2 3, 2 3, 2 3, 2, 2",
            SsdReading.STEPS, "8, 16, 32, 64, 100, 300");

    private static final List<Usual> OF_PYTORCH = List.of(
            new Usual("SSD300", 300, 8732, OF_SSD_300),
            new Usual(
                    "SSDlite320",
                    320,
                    3234,
                    Map.of(
                            SsdReading.GRIDS, "20, 10, 5, 3, 2, 1",
                            SsdReading.SCALES, "0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1.0")));

    private static final List<Usual> OF_TENSORFLOW = List.of(new Usual(
            "TensorFlow's SSD with MobileNet",
            300,
            1917,
            Map.of(
                    SsdReading.GRIDS, "19, 10, 5, 3, 2, 1",
                    SsdReading.SCALES, "0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1.0",
                    SsdReading.RATIOS, "1 2 0.5 3 0.3333",
                    SsdReading.ORDER, "tensorflow")));

    /// How the pixels are fed: (pixel * scale - mean) / std.
    ///
    /// @param origin empty where it is a guess
    private record Values(double scale, List<Double> mean, List<Double> std, String origin) {
        static Values even(double scale, double mean, double std, String origin) {
            return new Values(scale, List.of(mean, mean, mean), List.of(std, std, std), origin);
        }
    }

    private SsdRecognition(ModelSignature signature, ImageInput image, SsdHeads heads) {
        this.signature = signature;
        this.image = image;
        this.heads = heads;
        this.isNamed = FileMetadata.family(signature).isPresent();
        this.columns = heads.scores().shape().extent(-1);
        this.names = FileMetadata.classes(signature);
    }

    static Optional<Recognition> of(ModelSignature signature) {
        if (FileMetadata.namesAnotherFamily(signature, SsdFamily.ID)) {
            return Optional.empty();
        }
        return ImageInput.of(signature)
                .filter(image -> image.type() == ElementType.FLOAT32 || image.type() == ElementType.UINT8)
                .flatMap(image -> SsdHeads.among(signature.outputs())
                        .map(heads -> new SsdRecognition(signature, image, heads).recognition()));
    }

    private Recognition recognition() {
        origins.put("family", isNamed ? "metadata firstpass.family" : "shapes of the outputs");
        origins.put(
                "outputs",
                "shapes " + heads.boxes().shape() + " and " + heads.scores().shape());
        Values values = values();
        List<String> classes = classes();
        Map<String, String> roles = new LinkedHashMap<>();
        roles.put(SsdFamily.BOXES, heads.boxes().name());
        roles.put(SsdFamily.SCORES, heads.scores().name());
        heads.anchors().ifPresent(anchors -> roles.put(SsdFamily.ANCHORS, anchors.name()));
        // Anchors are the same for all rows, and come once.
        boolean isOneByOne = heads.anchors().isPresent();
        origins.put("batching", isOneByOne ? "anchors come once for all rows" : image.batchOrigin());
        StageSpec stage = new StageSpec(StageSpec.MAIN, inputSpec(values), roles, isOneByOne ? 1 : image.maxBatch());
        ModelSpec spec = new ModelSpec(
                SsdFamily.ID, List.of(stage), classes, Thresholds.of(0.5), Suppression.STANDARD, Map.of(), parameters);
        return new Recognition(spec, isNamed ? 1.0 : confidence(), origins, questions);
    }

    private double confidence() {
        if (isTorchvision()) {
            return 0.95;
        }
        return heads.saidByName() ? 0.8 : 0.6;
    }

    // --- What the outputs hold

    private String boxes() {
        return heads.boxes().name().toLowerCase(Locale.ROOT);
    }

    private String scores() {
        return heads.scores().name().toLowerCase(Locale.ROOT);
    }

    /// The keys of what torchvision's heads give, of SSD and of RetinaNet.
    private boolean isTorchvision() {
        return boxes().contains("bbox_regression") && scores().contains("cls_logits");
    }

    private boolean isChannelsLast() {
        return image.layout() == InputSpec.Layout.NHWC;
    }

    private Values values() {
        if (isTorchvision()) {
            return torchvision();
        }
        boolean isEncoded = boxes().contains("encoding")
                || (boxes().startsWith("squeeze") && scores().contains("convert_scores"))
                || (boxes().matches("(squeeze|concat)(:0)?") && scores().matches("concat_1(:0)?"));
        if (isEncoded) {
            return tensorFlow();
        }
        if (boxes().contains("loc") && scores().contains("conf")) {
            return original();
        }
        if (isChannelsLast() || image.type() == ElementType.UINT8) {
            return decoded();
        }
        return pyTorch();
    }

    private void say(String parameter, String value, String origin) {
        parameters.put(parameter, value);
        origins.put("parameters." + parameter, origin);
    }

    private void ask(String parameter, String question) {
        questions.put("parameters." + parameter, question);
    }

    private Values torchvision() {
        say(SsdReading.BOXES, "xy-deltas", "name " + heads.boxes().name());
        Optional<Usual> usual = usual(OF_PYTORCH);
        boolean isRetinaNet = usual.isEmpty()
                && heads.boxes().shape().extent(1) % 9 == 0
                && names.filter(all -> all.size() == columns && isBackground(all.getFirst()))
                        .isEmpty();
        heads.anchors()
                .ifPresentOrElse(
                        anchors -> say(SsdReading.ANCHORS, "pixels", "as torchvision's anchor generators give them"),
                        () -> addAnchors(usual));
        if (isRetinaNet) {
            parameters.put(SsdReading.SCORES, "sigmoid");
            parameters.put(SsdReading.VARIANCES, "1, 1");
            ask(
                    SsdReading.SCORES,
                    "logits of RetinaNet or of SSD; the number of boxes, a multiple of 9, is taken for RetinaNet's; "
                            + "add `parameters: {scores: softmax, variances: [0.1, 0.2]}` for SSD");
            return new Values(
                    ImageInput.PER_255,
                    ImageInput.IMAGENET_MEAN,
                    ImageInput.IMAGENET_STD,
                    "as torchvision feeds RetinaNet's backbone: ImageNet's mean and deviation");
        }
        say(SsdReading.SCORES, "softmax", "name " + heads.scores().name());
        hasBackground = true;
        if (usual.filter(one -> one.count() == 8732).isPresent()) {
            double third = 0.40784;
            return new Values(
                    ImageInput.PER_255,
                    List.of(0.48235, 0.45882, third),
                    List.of(ImageInput.PER_255, ImageInput.PER_255, ImageInput.PER_255),
                    "as torchvision feeds SSD300's backbone: ImageNet's mean, in 0..255");
        }
        if (usual.isEmpty()) {
            questions.put(
                    "input.mean",
                    "values are assumed to be -1..1, as of torchvision's SSDlite; add `input: {mean, std}` if the model "
                            + "was trained otherwise");
        }
        return Values.even(ImageInput.PER_255, 0.5, 0.5, "as torchvision feeds SSDlite's backbone: -1..1");
    }

    private Values tensorFlow() {
        say(SsdReading.BOXES, "yx-deltas", "name " + heads.boxes().name());
        hasBackground = true;
        boolean isDone = scores().contains("convert_scores") || scores().contains("class_predictions");
        if (!isDone) {
            say(SsdReading.SCORES, "sigmoid", "name " + heads.scores().name() + ": before its conversion");
        }
        heads.anchors()
                .ifPresentOrElse(
                        anchors -> say(SsdReading.ANCHORS, "yxhw", "as TFLite takes them"),
                        () -> addAnchors(usual(OF_TENSORFLOW)));
        if (image.name().contains("normalized_input")) {
            return Values.even(1, 127.5, 127.5, "name " + image.name() + ": -1..1");
        }
        if (image.type() == ElementType.FLOAT32) {
            questions.put(
                    "input.scale",
                    "values are assumed to be -1..1; add `input: {scale, mean, std}` if the model takes others, "
                            + "`{scale: 1, mean: [0, 0, 0], std: [1, 1, 1]}` for 0..255");
            return Values.even(1, 127.5, 127.5, "");
        }
        return Values.even(1, 0, 1, "");
    }

    /// SSD's own code and what was made of it.
    private Values original() {
        say(SsdReading.BOXES, "xy-deltas", "name " + heads.boxes().name());
        parameters.put(SsdReading.SCORES, "softmax");
        hasBackground = true;
        ask(
                SsdReading.SCORES,
                "the scores are assumed to be logits; add `parameters: {scores: probabilities}` if the file ends with "
                        + "softmax");
        heads.anchors()
                .ifPresentOrElse(
                        anchors -> say(SsdReading.ANCHORS, "xywh", "as SSD's own code gives its priors"), () -> {
                            addAnchors(usual(OF_PYTORCH));
                            if (columns == 21 && parameters.containsKey(SsdReading.SCALES)) {
                                say(
                                        SsdReading.SCALES,
                                        "0.1, 0.2, 0.37, 0.54, 0.71, 0.88, 1.05",
                                        "21 columns: of SSD300 for VOC");
                            }
                        });
        return new Values(
                1, List.of(123.0, 117.0, 104.0), List.of(1.0, 1.0, 1.0), "as SSD's own code: a mean, no more");
    }

    private Values pyTorch() {
        say(SsdReading.BOXES, "xyxy", "channels first: as PyTorch's detectors put corners");
        boolean isYolo = scores().contains("confs");
        if (isYolo) {
            return Values.even(ImageInput.PER_255, 0, 1, "names boxes and confs: pytorch-YOLOv4, 0..1");
        }
        hasBackground = true;
        if (heads.saidByName()) {
            return Values.even(1, 127, 128, "names boxes and scores: as pytorch-ssd feeds its models");
        }
        ask(
                SsdReading.BOXES,
                "corners are assumed to be left, top, right, bottom; add `parameters: {boxes: yxyx}` if they are not");
        questions.put(
                "input.scale",
                "values are assumed to be 0..1; add `input: {scale, mean, std}` if the model was trained otherwise");
        return Values.even(ImageInput.PER_255, 0, 1, "");
    }

    private Values decoded() {
        if (image.type() == ElementType.FLOAT32) {
            questions.put(
                    "input.scale",
                    "values are assumed to be 0..255; add `input: {scale, mean, std}` if the model was trained otherwise");
        }
        return Values.even(1, 0, 1, "");
    }

    private Optional<Usual> usual(List<Usual> all) {
        return all.stream()
                .filter(one -> heads.boxes().shape().extent(1) == one.count()
                        && (!image.fixedSize() || (image.width() == one.side() && image.height() == one.side())))
                .findFirst();
    }

    private void addAnchors(Optional<Usual> usual) {
        if (usual.isPresent()) {
            parameters.putAll(usual.get().parameters());
            origins.put(
                    "parameters." + SsdReading.GRIDS,
                    usual.get().count() + " boxes: those of " + usual.get().name());
        } else {
            ask(
                    SsdReading.GRIDS,
                    "boxes are not decoded, and the file does not say from which anchors; add `parameters: {grids: "
                            + "[19, 10, 5, 3, 2, 1], scales: [0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1.0], ratios: [2 3]}` "
                            + "as it was trained, or export the anchors as a third output called anchors");
        }
    }

    // --- Classes and input

    static boolean isBackground(String name) {
        return BACKGROUND.matcher(name).matches();
    }

    private List<String> classes() {
        boolean fits = columns == Shape.DYNAMIC
                || names.filter(all -> all.size() == columns).isPresent();
        if (names.isPresent() && fits && isBackground(names.get().getFirst())) {
            origins.put("classes", "metadata names, but the background");
            return names.get().subList(1, names.get().size());
        }
        if (names.isPresent() && (fits || names.get().size() + 1 == columns)) {
            origins.put("classes", "metadata names");
            return names.get();
        }
        int others = hasBackground ? 1 : 0;
        String named = names.map(labels -> "names " + labels.size() + " classes for " + columns + " columns of scores")
                .orElse("does not name its classes");
        String count =
                columns == Shape.DYNAMIC ? "one per column of " + heads.scores().name() : columns - others + " labels";
        questions.put(
                "classes",
                "the file " + named + "; add `classes: [...]` with " + count
                        + (others > 0 ? ", if the first column is the background's" : ""));
        return IntStream.range(0, Math.clamp(columns - others, 0, MOST_CLASSES))
                .mapToObj(Integer::toString)
                .toList();
    }

    private InputSpec inputSpec(Values values) {
        ImageSize size = USUAL_SIZE;
        if (image.fixedSize()) {
            size = new ImageSize(Math.toIntExact(image.width()), Math.toIntExact(image.height()));
            origins.put("input.size", "input " + image.name());
        } else {
            questions.put("input.size", "the input takes any size; 300x300 is assumed, add `input: {size: [w, h]}`");
        }
        if (!values.origin().isEmpty()) {
            origins.put("input", values.origin());
        }
        Optional<InputSpec.Sampling> sampling = FileMetadata.sampling(signature);
        sampling.ifPresent(_ -> origins.put("input.sampling", "metadata firstpass.sampling"));
        return new InputSpec(
                image.name(),
                new SizeRule.Fixed(size),
                InputSpec.Resize.STRETCH,
                sampling.orElse(InputSpec.Sampling.HALF_PIXEL),
                0,
                InputSpec.ColorOrder.RGB,
                image.layout(),
                image.type(),
                values.scale(),
                values.mean(),
                values.std());
    }
}
