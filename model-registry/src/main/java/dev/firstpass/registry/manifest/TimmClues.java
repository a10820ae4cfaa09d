package dev.firstpass.registry.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/// What timm keeps beside a model: a `config.json` with `architecture`, `label_names` and `pretrained_cfg`, which says
/// how images are brought to the model.
///
/// Pure but for the file.
final class TimmClues implements ClueSource {
    private static final String CONFIG = "config.json";

    @Override
    public Clues of(ExporterNotes notes) {
        return notes.json(CONFIG)
                .filter(config -> config.path("architecture").isTextual()
                        && config.path("pretrained_cfg").isObject())
                .map(config -> clues(config, notes))
                .orElse(Clues.NONE);
    }

    private static Clues clues(JsonNode config, ExporterNotes notes) {
        Clues.Builder clues = new Clues.Builder(notes);
        JsonNode fed = config.get("pretrained_cfg");
        JsonNode names = config.has("label_names") ? config.get("label_names") : fed.path("label_names");
        if (names.isArray()) {
            clues.classes(names, CONFIG + " label_names");
        }
        if (config.path("num_classes").asInt(fed.path("num_classes").asInt()) > 0) {
            clues.family("classification", CONFIG + " num_classes of timm");
        }
        String origin = CONFIG + " pretrained_cfg";
        JsonNode size = fed.path("input_size");
        if (size.isArray() && size.size() == 3) {
            clues.size(size.get(2).asInt(), size.get(1).asInt(), origin + ".input_size");
        }
        clues.input("color", "RGB", origin);
        addResize(fed, notes, clues, origin);
        if (fed.path("mean").isArray() && fed.path("std").isArray()) {
            clues.values(1.0 / 255, numbers(fed.get("mean")), numbers(fed.get("std")), origin);
        }
        return clues.build();
    }

    /// `create_transform` of timm: the shorter side, or each by itself, or the longer one.
    private static void addResize(JsonNode fed, ExporterNotes notes, Clues.Builder clues, String origin) {
        switch (fed.path("crop_mode").asText("center")) {
            case "squash" -> clues.input("resize", "stretch", origin + ".crop_mode");
            case "border" -> {
                clues.input("resize", "letterbox", origin + ".crop_mode");
                clues.question(
                        notes.input("padding").toString(),
                        "the border is 0 here, and the mean of the images with timm");
            }
            default -> clues.crop(fed.path("crop_pct").asDouble(1), origin + ".crop_pct");
        }
    }

    private static List<Double> numbers(JsonNode list) {
        List<Double> numbers = new ArrayList<>();
        list.forEach(number -> numbers.add(number.asDouble(Double.NaN)));
        return numbers;
    }
}
