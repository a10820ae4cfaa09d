package dev.firstpass.registry.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/// What Ultralytics' exporters write: into the metadata of an ONNX file, each value as Python's `repr` of it, and for
/// a SavedModel into `metadata.yaml`. YOLOv5 writes `stride` and `names` alone.
///
/// Their models are all fed alike, which is written nowhere: RGB, 0..1, brought into `imgsz` by letterbox on grey, classifiers
/// by the middle of the image, RT-DETR by stretching it.
///
/// Pure but for the file.
final class UltralyticsClues implements ClueSource {
    private static final String FILE = "metadata.yaml";
    private static final int GREY = 114;

    /// One place with notes.
    private record Source(String origin, Function<String, Optional<JsonNode>> values) {
        Optional<JsonNode> get(String key) {
            return values.apply(key);
        }

        String text(String key) {
            return get(key).map(JsonNode::asText).orElse("");
        }

        String origin(String key) {
            return origin + " " + key;
        }

        boolean isUltralytics() {
            return text("author").equals("Ultralytics")
                    || (get("names").isPresent() && get("stride").isPresent());
        }
    }

    @Override
    public Clues of(ExporterNotes notes) {
        Source inside = new Source("metadata", notes::metadataValue);
        Optional<Source> source = inside.isUltralytics() ? Optional.of(inside) : beside(notes);
        return source.map(found -> clues(found, notes)).orElse(Clues.NONE);
    }

    private static Optional<Source> beside(ExporterNotes notes) {
        return notes.yaml(FILE)
                .map(tree -> new Source(FILE, key -> Optional.ofNullable(tree.get(key))))
                .filter(Source::isUltralytics);
    }

    private static Clues clues(Source source, ExporterNotes notes) {
        Clues.Builder clues = new Clues.Builder(notes);
        addFamily(source, clues);
        source.get("names").ifPresent(names -> clues.classes(names, source.origin("names")));
        source.get("imgsz").ifPresent(size -> addSize(size, source.origin("imgsz"), clues));
        addInput(source, clues);
        addThresholds(source, clues);
        return clues.build();
    }

    private static void addFamily(Source source, Clues.Builder clues) {
        String task = source.text("task");
        String id = switch (task) {
            case "", "detect" -> isTransformer(source) ? "detr" : "yolo";
            case "classify" -> "classification";
            default -> "yolo-" + Shown.of(task);
        };
        clues.family(
                id,
                task.isEmpty()
                        ? "notes of Ultralytics' exporter"
                        : source.origin("task") + " of Ultralytics' exporter");
    }

    /// Newer exporters name the head.
    private static boolean isTransformer(Source source) {
        return source.text("head").contains("RTDETR")
                || source.text("description").toLowerCase(Locale.ROOT).contains("rtdetr");
    }

    /// Height and width, or one number for both.
    private static void addSize(JsonNode size, String origin, Clues.Builder clues) {
        boolean isPair = size.isArray() && size.size() == 2;
        int height = isPair ? size.get(0).asInt() : size.asInt();
        int width = isPair ? size.get(1).asInt() : size.asInt();
        clues.size(width, height, origin);
    }

    private static void addInput(Source source, Clues.Builder clues) {
        String origin = "as Ultralytics' models are fed";
        boolean isClassifier = source.text("task").equals("classify");
        clues.input("color", "RGB", origin)
                .input("sampling", "half-pixel", origin)
                .values(1.0 / 255, List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0), origin);
        if (isClassifier) {
            clues.crop(1, origin);
        } else if (isTransformer(source)) {
            clues.input("resize", "stretch", "as Ultralytics' RT-DETR is fed");
        } else {
            clues.input("resize", "letterbox", origin).input("padding", GREY, origin);
        }
    }

    /// The figures that their own prediction uses unless told otherwise, or those that are built into the file.
    private static void addThresholds(Source source, Clues.Builder clues) {
        String origin = "Ultralytics' default";
        boolean isOld = source.text("author").isEmpty();
        Optional<JsonNode> built = source.get("args");
        clues.number(fraction(built, "conf").orElse(0.25), origin, "thresholds", "default")
                .number(fraction(built, "iou").orElse(isOld ? 0.45 : 0.7), origin, "nms", "iou")
                .whole(300, origin, "nms", "limit");
    }

    private static Optional<Double> fraction(Optional<JsonNode> values, String key) {
        return values.map(all -> all.path(key).asDouble(-1)).filter(value -> value >= 0 && value <= 1);
    }
}
