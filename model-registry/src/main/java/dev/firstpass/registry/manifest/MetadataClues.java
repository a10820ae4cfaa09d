package dev.firstpass.registry.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;

/// What the metadata inside an ONNX file says under names that no one exporter has for itself: class names under
/// `names`, `id2label`, `class_names`, `classes` or `labels`, as JSON or as a Python literal, and the family under
/// `firstpass.family`.
///
/// Pure.
final class MetadataClues implements ClueSource {
    private static final List<String> NAMES = List.of("names", "id2label", "class_names", "classes", "labels");
    private static final String FAMILY = "firstpass.family";

    @Override
    public Clues of(ExporterNotes notes) {
        Clues.Builder clues = new Clues.Builder(notes);
        Optional.ofNullable(notes.metadata().get(FAMILY))
                .ifPresent(family -> clues.family(family, "metadata " + FAMILY));
        NAMES.stream()
                .filter(key -> notes.metadata().getOrDefault(key, "").strip().matches("(?s)[\\[{(].*"))
                .findFirst()
                .ifPresent(key -> addNames(key, notes, clues));
        return clues.build();
    }

    private static void addNames(String key, ExporterNotes notes, Clues.Builder clues) {
        Optional<JsonNode> names = notes.metadataValue(key);
        if (names.isPresent()) {
            clues.classes(names.get(), "metadata " + key);
        } else {
            clues.question(
                    "classes",
                    "metadata " + key + ": neither JSON nor a Python literal, so nothing was taken from it;"
                            + " add `classes: [...]`");
        }
    }
}
