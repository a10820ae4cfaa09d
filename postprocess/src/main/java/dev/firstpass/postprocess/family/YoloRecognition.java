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
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/// Whether a file is a YOLO model, and how it is to be read: from what Ultralytics' exporter and YOLOv5's note in it, or else
/// from the shapes, which tell the layout where the input's size or the names of the classes are known.
///
/// For one thread.
final class YoloRecognition {
    /// Rows that models give which thin out their detections: 300 unless told otherwise.
    private static final int MOST_THINNED = 1000;

    private static final int GREY = 114;
    private static final int USUAL_SIDE = 640;
    private static final int MOST_CLASSES = 100_000;
    private static final int ANCHORS_PER_CELL = 3;
    private static final int USUAL_PROTOTYPES = 32;

    /// The joints of COCO's persons.
    static final List<String> COCO_JOINTS = List.of(
            "nose",
            "left_eye",
            "right_eye",
            "left_ear",
            "right_ear",
            "left_shoulder",
            "right_shoulder",
            "left_elbow",
            "right_elbow",
            "left_wrist",
            "right_wrist",
            "left_hip",
            "right_hip",
            "left_knee",
            "right_knee",
            "left_ankle",
            "right_ankle");

    private final ModelSignature signature;
    private final ImageInput image;
    private final boolean isNamed;
    private final boolean isUltralytics;
    private final boolean isOld;
    private final Optional<List<String>> names;
    private final Map<String, String> origins = new LinkedHashMap<>();
    private final Map<String, String> questions = new LinkedHashMap<>();

    /// What the outputs are taken for.
    ///
    /// @param extras numbers of a candidate beside box, scores and class
    /// @param classes how many; -1 where nothing tells
    private record Reading(YoloHead.Layout layout, YoloHead.Task task, int extras, long classes) {}

    private YoloRecognition(ModelSignature signature, ImageInput image) {
        this.signature = signature;
        this.image = image;
        this.isNamed = FileMetadata.family(signature).isPresent();
        this.isUltralytics = text("author").equals("Ultralytics");
        this.isOld =
                !isUltralytics && !text("stride").isEmpty() && !text("names").isEmpty();
        this.names = FileMetadata.classes(signature);
    }

    static Optional<Recognition> of(ModelSignature signature) {
        if (FileMetadata.namesAnotherFamily(signature, YoloFamily.ID)) {
            return Optional.empty();
        }
        return ImageInput.of(signature)
                .filter(image -> Set.of(ElementType.FLOAT32, ElementType.FLOAT16, ElementType.UINT8)
                        .contains(image.type()))
                .flatMap(image -> new YoloRecognition(signature, image).recognition());
    }

    private String text(String key) {
        return signature.metadata().getOrDefault(key, "");
    }

    private Optional<Recognition> recognition() {
        String task = text("task");
        boolean isTransformer =
                text("head").contains("RTDETR") || text("description").matches("(?i).*rt-?detr.*");
        if (!Set.of("", "detect", "segment", "obb", "pose").contains(task) || isTransformer) {
            return Optional.empty();
        }
        List<TensorInfo> ofRank3 = ofRank(3);
        List<TensorInfo> ofRank4 = ofRank(4);
        if (ofRank3.size() == 1) {
            Optional<TensorInfo> prototypes = ofRank4.size() == 1 ? Optional.of(ofRank4.getFirst()) : Optional.empty();
            return reading(ofRank3.getFirst().shape(), prototypes)
                    .flatMap(reading -> recognition(reading, Optional.of(ofRank3.getFirst()), prototypes));
        }
        if (signature.outputs().size() == 1 && isNumbered(signature.outputs().getFirst())) {
            return recognition(
                    new Reading(YoloHead.Layout.NUMBERED_ROWS, YoloHead.Task.DETECT, 0, count()),
                    Optional.of(signature.outputs().getFirst()),
                    Optional.empty());
        }
        return ofRank3.isEmpty()
                ? heads().flatMap(reading -> recognition(reading, Optional.empty(), Optional.empty()))
                : Optional.empty();
    }

    private List<TensorInfo> ofRank(int rank) {
        return signature.outputs().stream()
                .filter(output -> output.shape().rank() == rank)
                .toList();
    }

    private static boolean isNumbered(TensorInfo output) {
        return output.shape().rank() == 2 && output.shape().extent(1) == 7;
    }

    private long count() {
        return names.map(List::size).orElse(-1);
    }

    // --- Shapes

    /// By the names of the classes where there are any, or else by the number of anchors.
    private Optional<Reading> reading(Shape shape, Optional<TensorInfo> prototypes) {
        return names.isPresent() ? byNames(shape, prototypes) : byAnchors(shape, prototypes);
    }

    private Optional<Reading> byNames(Shape shape, Optional<TensorInfo> prototypes) {
        long middle = shape.extent(1);
        long last = shape.extent(2);
        if (middle == Shape.DYNAMIC && last == Shape.DYNAMIC) {
            return usual(prototypes);
        }
        Optional<Reading> columns = reading(YoloHead.Layout.COLUMNS, middle - 4 - count(), prototypes);
        Optional<Reading> rows = reading(YoloHead.Layout.ROWS, last - 5 - count(), prototypes);
        Optional<Reading> thinned =
                middle > MOST_THINNED ? Optional.empty() : reading(YoloHead.Layout.END_TO_END, last - 6, prototypes);
        boolean saysThinned = text("end2end").equals("True") || text("args").matches("(?s).*['\"]nms['\"]: *True.*");
        if (saysThinned && thinned.isPresent()) {
            return thinned;
        }
        // One class: five numbers and its score are as many as a row of detections has.
        boolean isAnchored = middle == Shape.DYNAMIC || middle == anchors() * ANCHORS_PER_CELL || middle == anchors();
        if (!isUltralytics && rows.isPresent() && (isAnchored || thinned.isEmpty())) {
            return rows;
        }
        return columns.or(() -> thinned).or(() -> rows);
    }

    /// Where no axis tells anything: what such exporters write unless told otherwise.
    private Optional<Reading> usual(Optional<TensorInfo> prototypes) {
        YoloHead.Layout layout = isUltralytics ? YoloHead.Layout.COLUMNS : YoloHead.Layout.ROWS;
        long channels = prototypes.map(maps -> maps.shape().extent(1)).orElse(0L);
        long extras = switch (text("task")) {
            case "obb" -> 1;
            case "pose" -> (long) joints() * each();
            default -> channels == Shape.DYNAMIC ? USUAL_PROTOTYPES : channels;
        };
        return isUltralytics || isOld ? reading(layout, extras, prototypes) : Optional.empty();
    }

    /// What so many extras can be; empty where they are none.
    private Optional<Reading> reading(YoloHead.Layout layout, long extras, Optional<TensorInfo> prototypes) {
        if (extras < 0 || extras > Short.MAX_VALUE) {
            return Optional.empty();
        }
        String said = text("task");
        if (said.equals("segment") || (said.isEmpty() && prototypes.isPresent())) {
            boolean fits =
                    prototypes.isPresent() && isPrototypes(prototypes.get().shape(), extras);
            return fits ? Optional.of(reading(layout, YoloHead.Task.SEGMENT, extras)) : Optional.empty();
        }
        if (said.equals("detect") || extras == 0) {
            return extras == 0 && Set.of("", "detect").contains(said)
                    ? Optional.of(reading(layout, YoloHead.Task.DETECT, 0))
                    : Optional.empty();
        }
        if (said.equals("obb") || (said.isEmpty() && extras == 1)) {
            return extras == 1 ? Optional.of(reading(layout, YoloHead.Task.OBB, 1)) : Optional.empty();
        }
        boolean fits = said.equals("pose") && (extras % 2 == 0 || extras % 3 == 0);
        return fits ? Optional.of(reading(layout, YoloHead.Task.POSE, extras)) : Optional.empty();
    }

    private Reading reading(YoloHead.Layout layout, YoloHead.Task task, long extras) {
        return new Reading(layout, task, Math.toIntExact(extras), count());
    }

    /// TensorFlow's come last.
    private static boolean isPrototypes(Shape shape, long count) {
        return shape.extent(1) == count || shape.extent(3) == count || shape.extent(1) == Shape.DYNAMIC;
    }

    private Optional<Reading> byAnchors(Shape shape, Optional<TensorInfo> prototypes) {
        if (prototypes.isEmpty()) {
            return byAnchors(shape, YoloHead.Task.DETECT, 0);
        }
        Shape maps = prototypes.get().shape();
        return byAnchors(shape, YoloHead.Task.SEGMENT, maps.extent(1))
                .or(() -> byAnchors(shape, YoloHead.Task.SEGMENT, maps.extent(3)));
    }

    private Optional<Reading> byAnchors(Shape shape, YoloHead.Task task, long extras) {
        long middle = shape.extent(1);
        long last = shape.extent(2);
        if (extras < 0 || extras > Short.MAX_VALUE) {
            return Optional.empty();
        }
        if (isAnchors(last, 1) && isCount(middle - 4 - extras)) {
            return Optional.of(new Reading(YoloHead.Layout.COLUMNS, task, (int) extras, middle - 4 - extras));
        }
        if ((isAnchors(middle, ANCHORS_PER_CELL) || isAnchors(middle, 1)) && isCount(last - 5 - extras)) {
            return Optional.of(new Reading(YoloHead.Layout.ROWS, task, (int) extras, last - 5 - extras));
        }
        boolean isThinned = middle > 0 && middle <= MOST_THINNED && last == 6 + extras;
        return isThinned || (isNamed && last == 6 + extras)
                ? Optional.of(new Reading(YoloHead.Layout.END_TO_END, task, (int) extras, -1))
                : Optional.empty();
    }

    private static boolean isCount(long classes) {
        return classes >= 1 && classes <= MOST_CLASSES;
    }

    /// Whether an axis has as many anchors as the input has cells on strides of 8, 16 and 32, perhaps 64 or 4 as well.
    private boolean isAnchors(long extent, int perCell) {
        long usual = anchors();
        return usual > 0
                && (extent == perCell * usual
                        || extent == perCell * (usual + cells(64))
                        || extent == perCell * (usual + cells(4)));
    }

    /// Cells on strides of 8, 16 and 32; 0 where the input's size is open.
    private long anchors() {
        return image.fixedSize() ? cells(8) + cells(16) + cells(32) : 0;
    }

    private long cells(long stride) {
        return Math.ceilDiv(image.height(), stride) * Math.ceilDiv(image.width(), stride);
    }

    /// Two to four outputs that are undecoded heads of the same model.
    private Optional<Reading> heads() {
        List<TensorInfo> outputs = signature.outputs();
        boolean fits = outputs.size() >= 2
                && outputs.size() <= 4
                && outputs.stream()
                        .map(TensorInfo::shape)
                        .allMatch(shape -> shape.rank() == 5
                                && shape.extent(1) == ANCHORS_PER_CELL
                                && isCount(shape.extent(4) - 5)
                                && shape.extent(4) == outputs.getFirst().shape().extent(4));
        long classes = fits ? outputs.getFirst().shape().extent(4) - 5 : 0;
        return fits
                ? Optional.of(new Reading(YoloHead.Layout.HEADS, YoloHead.Task.DETECT, 0, classes))
                : Optional.empty();
    }

    // --- The specification

    private Optional<Recognition> recognition(
            Reading reading, Optional<TensorInfo> detections, Optional<TensorInfo> prototypes) {
        Map<String, String> outputs = new LinkedHashMap<>();
        detections.ifPresent(output -> outputs.put(YoloFamily.DETECTIONS, output.name()));
        if (reading.task() == YoloHead.Task.SEGMENT) {
            prototypes.ifPresent(output -> outputs.put(YoloFamily.PROTOTYPES, output.name()));
        }
        origins.put("family", familyOrigin());
        origins.put(
                "outputs",
                "shapes "
                        + signature.outputs().stream()
                                .map(output -> output.shape().toString())
                                .toList());
        origins.put("batching", image.batchOrigin());
        List<String> classes = classes(reading);
        Map<String, String> parameters = parameters(reading);
        Optional<InputSpec> input = input();
        if (input.isEmpty()) {
            return Optional.empty();
        }
        int most = reading.layout() == YoloHead.Layout.NUMBERED_ROWS ? 1 : image.maxBatch();
        StageSpec stage = new StageSpec(StageSpec.MAIN, input.get(), outputs, most);
        origins.put("nms", isUltralytics ? "Ultralytics' default" : "YOLOv5's default");
        ModelSpec spec = new ModelSpec(
                YoloFamily.ID,
                List.of(stage),
                classes,
                Thresholds.of(0.25),
                new Suppression(isUltralytics ? 0.7 : 0.45, true, 300),
                Map.of(),
                parameters);
        return Optional.of(new Recognition(spec, confidence(reading), origins, questions));
    }

    private String familyOrigin() {
        if (isNamed) {
            return "metadata firstpass.family";
        }
        return isUltralytics
                ? "metadata author of Ultralytics' exporter"
                : isOld ? "metadata stride and names, as YOLOv5 writes them" : "shapes of the outputs";
    }

    private double confidence(Reading reading) {
        if (isNamed) {
            return 1;
        }
        if (isUltralytics) {
            return 0.95;
        }
        if (isOld) {
            return 0.9;
        }
        // YOLOv6 has as many anchors as YOLOX, and another name for them.
        boolean mayBeYolox = reading.layout() == YoloHead.Layout.ROWS
                && ofRank(3).getFirst().shape().extent(1) == anchors();
        if (mayBeYolox && !ofRank(3).getFirst().name().equals("outputs")) {
            return 0.6;
        }
        return reading.classes() < 0 ? 0.5 : 0.7;
    }

    private List<String> classes(Reading reading) {
        boolean fits =
                names.isPresent() && (reading.classes() < 0 || names.get().size() == reading.classes());
        if (fits) {
            origins.put("classes", "metadata names");
            return names.get();
        }
        String count = reading.classes() < 0 ? "one for each class of the model" : reading.classes() + " labels";
        String said = names.map(all -> "names " + all.size() + " classes").orElse("does not name its classes");
        questions.put("classes", "the file " + said + "; add `classes: [...]` with " + count);
        return IntStream.range(0, Math.clamp(reading.classes(), 0, MOST_CLASSES))
                .mapToObj(Integer::toString)
                .toList();
    }

    private Map<String, String> parameters(Reading reading) {
        Map<String, String> parameters = new LinkedHashMap<>();
        String said = text("task").isEmpty() ? "shapes of the outputs" : "metadata task";
        origins.put("parameters." + YoloHead.TASK, said);
        origins.put("parameters." + YoloHead.LAYOUT, "shapes of the outputs");
        if (reading.task() != YoloHead.Task.DETECT) {
            parameters.put(YoloHead.TASK, FamilyParameters.word(reading.task()));
        }
        if (reading.layout() != YoloHead.Layout.COLUMNS) {
            parameters.put(YoloHead.LAYOUT, FamilyParameters.word(reading.layout()));
        }
        if (reading.task() == YoloHead.Task.POSE) {
            parameters.put(YoloHead.KEYPOINTS, String.join(",", joints(reading)));
        }
        if (reading.layout() == YoloHead.Layout.HEADS) {
            questions.put(
                    "parameters." + YoloHead.ANCHORS,
                    "the file does not say its anchors; YOLOv5's are assumed, add `parameters: {anchors: [...]}` with "
                            + "width and height of each if the model was trained with others");
        }
        return parameters;
    }

    /// `kpt_shape` is how many and whether each has a score; names come with newer exports only.
    private List<String> joints(Reading reading) {
        int each = each() > 0 ? each() : reading.extras() % 3 == 0 ? 3 : 2;
        int count = reading.extras() / each;
        Optional<List<String>> named = FileMetadata.names(signature, "kpt_names")
                .filter(all ->
                        all.size() == count && all.stream().noneMatch(name -> name.isBlank() || name.contains(",")));
        String key = "parameters." + YoloHead.KEYPOINTS;
        if (named.isPresent()) {
            origins.put(key, "metadata kpt_names");
            return named.get();
        }
        origins.put(
                key, count == COCO_JOINTS.size() ? "COCO's, of which there are 17 too" : "numbers, as none are named");
        return count == COCO_JOINTS.size()
                ? COCO_JOINTS
                : IntStream.range(0, count).mapToObj(Integer::toString).toList();
    }

    /// How many joints `kpt_shape` says, and how many numbers each has; 0 where it says nothing.
    private int joints() {
        String[] said = text("kpt_shape").replaceAll("[^0-9,]", "").split(",", -1);
        return said.length == 2 && said[0].matches("[0-9]{1,4}") && said[1].matches("[23]")
                ? Integer.parseInt(said[0])
                : 0;
    }

    private int each() {
        String shape = text("kpt_shape").replaceAll("[^0-9,]", "");
        return joints() > 0 ? Integer.parseInt(shape.substring(shape.indexOf(',') + 1)) : 0;
    }

    /// Empty where the file notes a size that no image has.
    private Optional<InputSpec> input() {
        int width = Math.toIntExact(image.width());
        int height = Math.toIntExact(image.height());
        if (image.fixedSize()) {
            origins.put("input.size", "input " + image.name());
        } else {
            String[] sides = text("imgsz").replaceAll("[^0-9,]", "").split(",", -1);
            boolean isSaid = sides.length >= 1
                    && sides.length <= 2
                    && sides[0].matches("[1-9][0-9]{0,4}")
                    && sides[sides.length - 1].matches("[1-9][0-9]{0,4}");
            height = height > 0 ? height : isSaid ? Integer.parseInt(sides[0]) : USUAL_SIDE;
            width = width > 0 ? width : isSaid ? Integer.parseInt(sides[sides.length - 1]) : USUAL_SIDE;
            if (isSaid) {
                origins.put("input.size", "metadata imgsz");
            } else {
                questions.put(
                        "input.size",
                        "the input takes any size; " + width + "x" + height
                                + " is assumed, add `input: {size: [w, h]}`");
            }
        }
        origins.put("input", "as YOLO models are fed: RGB, 0..1, letterbox on grey");
        return width == 0 || height == 0
                ? Optional.empty()
                : Optional.of(new InputSpec(
                        image.name(),
                        new SizeRule.Fixed(new ImageSize(width, height)),
                        InputSpec.Resize.LETTERBOX,
                        InputSpec.Sampling.HALF_PIXEL,
                        GREY,
                        InputSpec.ColorOrder.RGB,
                        image.layout(),
                        image.type(),
                        image.type() == ElementType.UINT8 ? 1 : ImageInput.PER_255,
                        List.of(0.0, 0.0, 0.0),
                        List.of(1.0, 1.0, 1.0)));
    }
}
