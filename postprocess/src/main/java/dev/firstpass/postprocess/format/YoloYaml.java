package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetSource;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.yaml.snakeyaml.LoaderOptions;

/// The file that says what is where in Ultralytics' data sets.
///
/// It is read within limits, since YAML can ask for far more than it is long: the parser copies what it holds of a line
/// for each thousand letters more of it.
///
/// Immutable.
///
/// @param name of the file
record YoloYaml(String name, JsonNode content) {
    /// 100,000 names of some 30 letters are shorter.
    static final int MOST_BYTES = 4 << 20;

    static final int LONGEST_LINE = 64 << 10;

    private static final int DEEPEST = 64;
    private static final int MOST_SHOWN = 200;
    private static final String USUAL = "data.yaml";

    private static final YAMLMapper YAML = new YAMLMapper(YAMLFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
            .loaderOptions(limits())
            .build());

    private static LoaderOptions limits() {
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(MOST_BYTES);
        options.setNestingDepthLimit(DEEPEST);
        options.setMaxAliasesForCollections(0);
        return options;
    }

    static boolean isNamed(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".yaml") || lower.endsWith(".yml");
    }

    /// The file that was named, or else the first in the data set's folder that is one: other YAML files may lie about.
    ///
    /// @throws DataSetException if a YAML file that was named, or `data.yaml`, cannot be read
    static Optional<YoloYaml> find(DataSetSource source) throws IOException {
        if (source.file().isPresent()) {
            String file = source.file().get();
            return isNamed(file) ? read(source, file) : readIfYaml(source, file);
        }
        List<String> candidates = source.files().names().stream()
                .filter(name -> isNamed(name) && !name.contains("/"))
                .toList();
        for (String name : candidates) {
            Optional<YoloYaml> yaml = name.equals(USUAL) ? read(source, name) : readIfYaml(source, name);
            if (yaml.isPresent()) {
                return yaml;
            }
        }
        return Optional.empty();
    }

    private static Optional<YoloYaml> readIfYaml(DataSetSource source, String name) throws IOException {
        try {
            return read(source, name);
        } catch (DataSetException _) {
            return Optional.empty();
        }
    }

    private static Optional<YoloYaml> read(DataSetSource source, String name) throws IOException {
        byte[] bytes;
        try (InputStream in = source.files().open(name)) {
            bytes = in.readNBytes(MOST_BYTES + 1);
        }
        requireShort(name, bytes);
        try {
            return Optional.ofNullable(YAML.readTree(bytes))
                    .filter(YoloYaml::isDataSet)
                    .map(node -> new YoloYaml(name, node));
        } catch (JacksonException e) {
            throw unreadable(name, e);
        }
    }

    private static boolean isDataSet(JsonNode node) {
        return node.path("names").isContainerNode()
                && (node.has("nc") || YoloReader.SPLITS.stream().anyMatch(node::hasNonNull));
    }

    private static void requireShort(String name, byte[] bytes) {
        if (bytes.length > MOST_BYTES) {
            throw new DataSetException(name + ": longer than " + MOST_BYTES + " bytes (expected: names and folders)");
        }
        int line = 1;
        int length = 0;
        for (byte letter : bytes) {
            if (letter == '\n') {
                line++;
                length = 0;
            } else if (++length > LONGEST_LINE) {
                throw new DataSetException(
                        name + ", line " + line + ": longer than " + LONGEST_LINE + " bytes (expected: a name a line)");
            }
        }
    }

    private static DataSetException unreadable(String name, JacksonException error) {
        String place = error.getLocation() == null
                ? ""
                : ", line " + error.getLocation().getLineNr();
        String why = error.getOriginalMessage().lines().findFirst().orElse("");
        return new DataSetException(
                name + place + ": no YAML that can be read: "
                        + (why.length() > MOST_SHOWN ? why.substring(0, MOST_SHOWN) + "..." : why)
                        + (place.isEmpty() ? " (expected: YAML)" : ""),
                error);
    }
}
