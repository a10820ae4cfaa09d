package dev.firstpass.registry.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.firstpass.postprocess.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the notes of an exporter tell: part of a manifest, what stays in doubt, and which family the notes name.
///
/// Immutable.
///
/// @param questions key -> what is in doubt, and the line to add if it is wrong
/// @param family absent where the notes name none
record Clues(ManifestDocument document, Map<String, String> questions, Optional<FamilyClue> family) {
    static final Clues NONE = new Clues(ManifestDocument.EMPTY, Map.of(), Optional.empty());

    Clues {
        questions = Map.copyOf(questions);
    }

    /// What notes say of the family.
    ///
    /// Immutable.
    ///
    /// @param id what such a family is called here, or would be
    /// @param parameters of this family alone
    record FamilyClue(String id, String origin, Map<String, String> parameters) {
        FamilyClue {
            parameters = Map.copyOf(parameters);
        }
    }

    /// These clues and, where they are silent, those of `weaker`. Where both name classes and not the same, that is a
    /// question.
    Clues over(Clues weaker) {
        Map<String, String> asked = new LinkedHashMap<>(weaker.questions);
        asked.keySet().removeAll(document.origins().keySet());
        asked.putAll(questions);
        ManifestKey key = ManifestKey.of("classes");
        Optional<JsonNode> others = weaker.document.get(key);
        if (others.isPresent() && document.get(key).filter(others.get()::equals).isEmpty()) {
            document.origin(key)
                    .ifPresent(here -> asked.putIfAbsent(
                            "classes",
                            "the names of " + here + " are taken, and "
                                    + weaker.document.origin(key).orElseThrow()
                                    + " has others; add `classes: [...]` or `classes: FILE` to say which"));
        }
        return new Clues(weaker.document.overlaid(document), asked, family.or(weaker::family));
    }

    /// Gathers the clues of one source for the stage of `notes`. For one thread.
    static final class Builder {
        private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
        private static final int LONGEST_SIDE = 16_384;
        private static final double LEAST_CROP = 0.5;

        private final ExporterNotes notes;
        private final Map<String, String> questions = new LinkedHashMap<>();
        private final ManifestDocument.Builder layer = new ManifestDocument.Builder("notes of the exporter");
        private Optional<FamilyClue> family = Optional.empty();

        Builder(ExporterNotes notes) {
            this.notes = notes;
        }

        Clues build() {
            return new Clues(layer.build(), questions, family);
        }

        Builder family(String id, String origin) {
            return family(id, origin, Map.of());
        }

        Builder family(String id, String origin, Map<String, String> parameters) {
            family = Optional.of(new FamilyClue(id, origin, parameters));
            return this;
        }

        Builder question(String field, String question) {
            questions.put(field, question);
            return this;
        }

        /// Puts class names, from a list in the order of the indices or a mapping from index to name; what is neither
        /// becomes a question.
        Builder classes(JsonNode names, String origin) {
            Optional<ArrayNode> list = inOrder(names);
            if (list.isEmpty()) {
                return question(
                        "classes",
                        origin + ": no list of names, and no mapping from index to name; add `classes: [...]`");
            }
            layer.put(ManifestKey.of("classes"), list.get(), origin);
            boolean isMadeUp = list.get().size() > 1;
            for (int i = 0; i < list.get().size(); i++) {
                isMadeUp &= list.get().get(i).asText().matches("(?i)(label|class)[_ -]?" + i);
            }
            return isMadeUp
                    ? question("classes", origin + ": made up by the exporter; add `classes: [...]` with the real ones")
                    : this;
        }

        /// @param value a text that the manifest knows at this place
        Builder input(String name, String value, String origin) {
            layer.put(notes.input(name), NODES.textNode(value), origin);
            return this;
        }

        Builder input(String name, int value, String origin) {
            layer.put(notes.input(name), NODES.numberNode(value), origin);
            return this;
        }

        /// Puts that the middle of the image is shown, and of which share; one that the manifest does not know is a question.
        Builder crop(double share, String origin) {
            input("resize", "crop", origin);
            if (!(share >= LEAST_CROP && share <= 1)) {
                return question(
                        notes.input("crop").toString(),
                        origin + ": a crop of " + share + " of the shorter side; all of it is shown here");
            }
            layer.put(notes.input("crop"), NODES.numberNode(share), origin);
            return this;
        }

        /// Puts what pixels are turned into. A model that takes whole numbers gets them as they are, whatever the notes
        /// say.
        Builder values(double scale, List<Double> mean, List<Double> std, String origin) {
            if (!notes.takesFractions()) {
                return this;
            }
            boolean isUsable = Double.isFinite(scale)
                    && mean.size() == std.size()
                    && mean.stream().allMatch(Double::isFinite)
                    && std.stream().allMatch(one -> Double.isFinite(one) && one > 0);
            if (!isUsable) {
                return question(
                        notes.input("scale").toString(),
                        origin + ": no scale, mean and deviation that fit; add `input: {scale, mean, std}`");
            }
            layer.put(notes.input("scale"), NODES.numberNode(scale), origin);
            layer.put(notes.input("mean"), numbers(mean), origin);
            layer.put(notes.input("std"), numbers(std), origin);
            return this;
        }

        /// Puts the size of the image, unless the model's own input is fixed at one; that another one is noted is
        /// a question then.
        Builder size(int width, int height, String origin) {
            String key = notes.input("size").toString();
            if (width < 1 || height < 1 || width > LONGEST_SIDE || height > LONGEST_SIDE) {
                return question(key, origin + ": no size of an image; add `input: {size: [w, h]}`");
            }
            long[] fixed = notes.fixedSize();
            boolean fits = (fixed[0] == Shape.DYNAMIC || fixed[0] == width)
                    && (fixed[1] == Shape.DYNAMIC || fixed[1] == height);
            if (!fits) {
                return question(
                        key,
                        origin + " says " + width + "x" + height
                                + ", but the model takes one size alone, which is used; make sure that it is the right file");
            }
            layer.put(notes.input("size"), NODES.arrayNode().add(width).add(height), origin);
            return this;
        }

        /// Puts a size that follows the image, unless an axis of the model's input is fixed.
        Builder sizeRule(int shortest, int longest, String origin) {
            long[] fixed = notes.fixedSize();
            boolean isUsable = shortest >= 1 && longest >= shortest && longest <= LONGEST_SIDE;
            if (isUsable && fixed[0] == Shape.DYNAMIC && fixed[1] == Shape.DYNAMIC) {
                layer.put(
                        notes.input("size"),
                        NODES.objectNode()
                                .put("shortest", shortest)
                                .put("longest", longest)
                                .put("multiple", 1),
                        origin);
            }
            return this;
        }

        /// @param path of a key outside of the stages whose value is a number
        Builder number(double value, String origin, String... path) {
            layer.put(ManifestKey.of(path), NODES.numberNode(value), origin);
            return this;
        }

        Builder whole(int value, String origin, String... path) {
            layer.put(ManifestKey.of(path), NODES.numberNode(value), origin);
            return this;
        }

        private static ArrayNode numbers(List<Double> values) {
            ArrayNode list = NODES.arrayNode();
            values.forEach(list::add);
            return list;
        }

        /// An index that is left out stands for no class.
        private static Optional<ArrayNode> inOrder(JsonNode names) {
            if (names.isEmpty() || names.size() > ManifestGrammar.MOST_CLASSES) {
                return Optional.empty();
            }
            List<String> labels = new ArrayList<>();
            for (Map.Entry<String, JsonNode> entry : entries(names).entrySet()) {
                boolean isIndex = entry.getKey().matches("[0-9]{1,5}");
                int index = isIndex ? Integer.parseInt(entry.getKey()) : ManifestGrammar.MOST_CLASSES;
                boolean isName =
                        entry.getValue().isTextual() || entry.getValue().isIntegralNumber();
                if (!isName || index >= ManifestGrammar.MOST_CLASSES) {
                    return Optional.empty();
                }
                while (labels.size() <= index) {
                    labels.add("");
                }
                labels.set(index, entry.getValue().asText());
            }
            ArrayNode list = NODES.arrayNode();
            labels.forEach(list::add);
            return Optional.of(list);
        }

        private static Map<String, JsonNode> entries(JsonNode names) {
            Map<String, JsonNode> entries = new LinkedHashMap<>();
            names.properties().forEach(entry -> entries.put(entry.getKey(), entry.getValue()));
            for (int i = 0; names.isArray() && i < names.size(); i++) {
                entries.put(Integer.toString(i), names.get(i));
            }
            return entries;
        }
    }
}
