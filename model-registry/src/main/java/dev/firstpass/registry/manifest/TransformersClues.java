package dev.firstpass.registry.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
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

    /// The heads whose outputs are labels of an image.
    private static final Pattern HEAD =
            Pattern.compile("\\w+For(?<task>ImageClassification|ObjectDetection|[A-Za-z]*Segmentation)");

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
            clues.family(
                    isClassifier || type.isEmpty() ? "classifier" : type.replace('_', '-'),
                    CONFIG + " " + (isClassifier || type.isEmpty() ? "architectures" : "model_type"));
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

    private static List<Double> numbers(JsonNode list, double otherwise) {
        List<Double> numbers = new ArrayList<>();
        list.forEach(number -> numbers.add(number.asDouble(Double.NaN)));
        return Optional.of(numbers).filter(found -> !found.isEmpty()).orElse(List.of(otherwise, otherwise, otherwise));
    }
}
