package dev.firstpass.postprocess.family;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.tensor.ModelSignature;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What model files say of themselves in their free-form metadata.
final class FileMetadata {
    /// The family's id, in files that were made for Firstpass.
    private static final String FAMILY = "firstpass.family";

    private static final String SAMPLING = "firstpass.sampling";

    /// The classes: a JSON array, a JSON object from index to label, or the text of a Python list or dict, which is
    /// what Ultralytics' exporter writes (`{0: 'person', 1: 'bicycle'}`).
    private static final String NAMES = "names";

    /// An index beyond this is no class index but a mistake or an attack.
    private static final int MOST_CLASSES = 100_000;

    private static final JsonMapper LENIENT = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
            .enable(JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES)
            .enable(JsonReadFeature.ALLOW_BACKSLASH_ESCAPING_ANY_CHARACTER)
            .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
            .build();

    private FileMetadata() {}

    static Optional<String> family(ModelSignature signature) {
        return Optional.ofNullable(signature.metadata().get(FAMILY));
    }

    /// Whether the file names another family than `id`: then nothing else about it counts.
    static boolean namesAnotherFamily(ModelSignature signature, String id) {
        return family(signature).filter(named -> !named.equals(id)).isPresent();
    }

    /// How the pixels that the model was trained on were resampled, in files that were made for Firstpass.
    static Optional<InputSpec.Sampling> sampling(ModelSignature signature) {
        String said = signature.metadata().getOrDefault(SAMPLING, "");
        return Arrays.stream(InputSpec.Sampling.values())
                .filter(sampling -> sampling.name().equalsIgnoreCase(said.replace('-', '_')))
                .findFirst();
    }

    /// The label of each class index, `""` for indexes left out; empty where the file names none or in no known form.
    static Optional<List<String>> classes(ModelSignature signature) {
        return names(signature, NAMES);
    }

    /// The same of another key.
    ///
    /// A list for each class, in a list or an object, counts by its first: `{0: ['nose', 'left_eye']}`.
    static Optional<List<String>> names(ModelSignature signature, String key) {
        return Optional.ofNullable(signature.metadata().get(key))
                .flatMap(FileMetadata::parse)
                .filter(names -> !names.isEmpty());
    }

    private static Optional<List<String>> parse(String text) {
        try {
            JsonNode said = LENIENT.readTree(text);
            JsonNode first = said.isArray() ? said.path(0) : said.path("0");
            JsonNode names = first.isArray() ? first : said;
            if (names.isArray()) {
                return Optional.of(names.valueStream().map(JsonNode::asText).toList());
            }
            return names.isObject() ? byIndex(names) : Optional.empty();
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    private static Optional<List<String>> byIndex(JsonNode names) {
        TreeMap<Integer, String> byIndex = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : names.properties()) {
            if (!entry.getKey().matches("[0-9]{1,6}")) {
                return Optional.empty();
            }
            byIndex.put(Integer.valueOf(entry.getKey()), entry.getValue().asText());
        }
        if (byIndex.isEmpty() || byIndex.lastKey() >= MOST_CLASSES) {
            return Optional.empty();
        }
        List<String> labels = new ArrayList<>();
        for (int index = 0; index <= byIndex.lastKey(); index++) {
            labels.add(byIndex.getOrDefault(index, ""));
        }
        return Optional.of(labels);
    }
}
