package dev.firstpass.server.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A file of settings as flat text: YAML in, dotted key -> value out, each checked later for what it means. One
/// document, no key twice. Only `true` and `false` are truth values.
final class SettingsFile {
    private static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(YAMLParser.Feature.PARSE_BOOLEAN_LIKE_WORDS_AS_STRINGS)
            .build());

    private SettingsFile() {}

    /// @throws SettingsException if it cannot be read or is no mapping of settings
    static Map<String, String> read(Path file) {
        Map<String, String> settings = new LinkedHashMap<>();
        JsonNode tree = tree(file);
        boolean isEmpty = tree.isMissingNode() || tree.isNull();
        if (!isEmpty) {
            flatten(file, "", tree, settings);
        }
        return settings;
    }

    private static JsonNode tree(Path file) {
        try (JsonParser parser = YAML.getFactory().createParser(Files.readString(file))) {
            // Nothing at all, as in a file of comments, is no tree.
            JsonNode tree = YAML.readTree(parser) instanceof JsonNode found ? found : YAML.missingNode();
            if (parser.nextToken() != null) {
                throw new SettingsException(file + ": several documents (expected: one)");
            }
            return tree;
        } catch (NoSuchFileException e) {
            throw new SettingsException(file + ": no such file", e);
        } catch (CharacterCodingException e) {
            throw new SettingsException(file + ": not text (expected: YAML in UTF-8)", e);
        } catch (JsonProcessingException e) {
            String line =
                    e.getLocation() == null ? "" : " at line " + e.getLocation().getLineNr();
            throw new SettingsException(file + ": " + firstLine(e.getOriginalMessage()) + line, e);
        } catch (IOException e) {
            throw new SettingsException(file + ": cannot be read", e);
        }
    }

    private static void flatten(Path file, String key, JsonNode node, Map<String, String> settings) {
        switch (node.getNodeType()) {
            case OBJECT ->
                node.properties()
                        .forEach(entry -> flatten(
                                file,
                                key.isEmpty() ? entry.getKey() : key + "." + entry.getKey(),
                                entry.getValue(),
                                settings));
            case ARRAY -> settings.put(key, words(file, key, node));
            case STRING, NUMBER, BOOLEAN -> {
                if (key.isEmpty()) {
                    throw new SettingsException(file + ": no settings (expected: a mapping, for instance port: 8080)");
                }
                settings.put(key, node.asText());
            }
            case NULL, MISSING -> settings.put(key, "");
            case BINARY, POJO -> throw new SettingsException(file + ": " + key + ": not text");
        }
    }

    private static String words(Path file, String key, JsonNode list) {
        List<String> words = new ArrayList<>(list.size());
        for (JsonNode word : list) {
            if (key.isEmpty() || !word.isValueNode() || word.asText().contains(",")) {
                throw new SettingsException(
                        file + ": " + (key.isEmpty() ? "a list" : key + ": a list of lists or texts with commas")
                                + " (expected: " + (key.isEmpty() ? "a mapping" : "a list of words") + ")");
            }
            words.add(word.asText());
        }
        return String.join(",", words);
    }

    private static String firstLine(String message) {
        return message.lines().findFirst().orElse("no YAML");
    }
}
