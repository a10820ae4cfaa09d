package dev.firstpass.registry.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What Hugging Face's Transformers keeps beside a model: `config.json` with `id2label`, `model_type` and
/// `architectures`, and `preprocessor_config.json`, which says how images are brought to the model.
///
/// Pure but for the files.
final class TransformersClues implements ClueSource {
    private static final String CONFIG = "config.json";
    private static final String PREPROCESSOR = "preprocessor_config.json";
    private static final int LARGE_SIDE = 384;

    /// The heads whose outputs are labels of an image.
    private static final Pattern HEAD =
            Pattern.compile("\\w+?For(?<task>ImageClassification|ObjectDetection|[A-Za-z]*Segmentation)");

    @Override
    public Clues of(ExporterNotes notes) {
        Clues.Builder clues = new Clues.Builder(notes);
        notes.json(CONFIG).ifPresent(config -> addModel(config, clues));
        notes.json(PREPROCESSOR)
                .filter(config -> config.has("image_processor_type")
                        || config.has("feature_extractor_type")
                        || config.has("do_resize")
                        || config.has("image_mean"))
                .ifPresent(config -> addInput(config, notes, clues));
        return clues.build();
    }

    private static void addModel(JsonNode config, Clues.Builder clues) {
        if (config.has("id2label")) {
            clues.classes(config.get("id2label"), CONFIG + " id2label");
        }
        Matcher head = HEAD.matcher(config.path("architectures").path(0).asText());
        String type = config.path("model_type").asText();
        if (head.matches()) {
            boolean isClassifier = head.group("task").equals("ImageClassification");
            String task = head.group("task");
            boolean isSemantic = task.equals("SemanticSegmentation");
            boolean isByHead = isClassifier || isSemantic || type.isEmpty();
            String id = isSemantic ? "semantic" : isByHead ? "classification" : type.replace('_', '-');
            boolean isMany = config.path("problem_type").asText().equals("multi_label_classification");
            clues.family(
                    id,
                    CONFIG + " " + (isByHead ? "architectures" : "model_type"),
                    isClassifier && isMany ? Map.of("task", "multi-label") : Map.of());
        }
    }

    private static void addInput(JsonNode config, ExporterNotes notes, Clues.Builder clues) {
        clues.input("color", config.path("do_flip_channel_order").asBoolean() ? "BGR" : "RGB", PREPROCESSOR);
        addSize(config, notes, clues);
        boolean isScaled = config.path("do_rescale").asBoolean(true);
        boolean isShifted = config.path("do_normalize").asBoolean(config.has("image_mean"));
        clues.values(
                isScaled ? config.path("rescale_factor").asDouble(1.0 / 255) : 1.0,
                isShifted ? numbers(config.path("image_mean"), 0.5) : List.of(0.0, 0.0, 0.0),
                isShifted ? numbers(config.path("image_std"), 0.5) : List.of(1.0, 1.0, 1.0),
                PREPROCESSOR);
    }

    private static void addSize(JsonNode config, ExporterNotes notes, Clues.Builder clues) {
        if (!config.path("do_resize").asBoolean(true)) {
            return;
        }
        String origin = PREPROCESSOR + " size";
        boolean isCropped = config.path("do_center_crop").asBoolean();
        JsonNode size = isCropped && config.has("crop_size") ? config.get("crop_size") : config.path("size");
        if (isCropped && addCrop(config, size, clues)) {
            return;
        }
        if (size.has("height") && size.has("width")) {
            clues.size(
                            size.get("width").asInt(),
                            size.get("height").asInt(),
                            isCropped ? PREPROCESSOR + " crop_size" : origin)
                    .input("resize", "stretch", origin);
        } else if (size.isInt()) {
            clues.size(size.asInt(), size.asInt(), origin).input("resize", "stretch", origin);
        } else if (size.has("shortest_edge") && size.has("longest_edge")) {
            clues.sizeRule(
                            size.get("shortest_edge").asInt(),
                            size.get("longest_edge").asInt(),
                            origin)
                    .input("resize", "stretch", origin);
        } else if (size.has("shortest_edge") && config.has("crop_pct")) {
            addPercent(
                    size.get("shortest_edge").asInt(), config.path("crop_pct").asDouble(), clues);
        } else if (size.has("shortest_edge")) {
            clues.size(
                            size.get("shortest_edge").asInt(),
                            size.get("shortest_edge").asInt(),
                            origin)
                    .input("resize", "stretch", origin);
            isCropped = true;
        }
        if (isCropped) {
            clues.question(
                    notes.input("resize").toString(),
                    "trained on the middle of the image; the whole image is squeezed into the size here");
        }
    }

    /// The shorter side is brought to one length and the middle cut out; false where it is not that.
    private static boolean addCrop(JsonNode config, JsonNode size, Clues.Builder clues) {
        JsonNode resized = config.path("size");
        int shortest = resized.isInt()
                ? resized.asInt()
                : resized.has("longest_edge")
                        ? 0
                        : resized.path("shortest_edge").asInt();
        int width = size.isInt() ? size.asInt() : size.path("width").asInt();
        int height = size.isInt() ? size.asInt() : size.path("height").asInt();
        if (width != height || width < 1 || shortest < width) {
            return false;
        }
        clues.size(width, height, PREPROCESSOR + " crop_size").crop((double) width / shortest, PREPROCESSOR + " size");
        return true;
    }

    /// ConvNeXt's way: small rows show the middle, large ones the whole image.
    private static void addPercent(int side, double share, Clues.Builder clues) {
        String origin = PREPROCESSOR + " crop_pct";
        clues.size(side, side, PREPROCESSOR + " size");
        if (side < LARGE_SIDE) {
            clues.crop(share, origin);
        } else {
            clues.input("resize", "stretch", origin);
        }
    }

    private static List<Double> numbers(JsonNode list, double otherwise) {
        List<Double> numbers = new ArrayList<>();
        list.forEach(number -> numbers.add(number.asDouble(Double.NaN)));
        return Optional.of(numbers).filter(found -> !found.isEmpty()).orElse(List.of(otherwise, otherwise, otherwise));
    }
}
