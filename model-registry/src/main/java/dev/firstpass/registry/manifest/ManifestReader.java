package dev.firstpass.registry.manifest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.RegistryException.ManifestInvalid;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.YAMLException;

/// Reads manifests: what users write (YAML, any part of it) and what the registry keeps (canonical JSON, all of
/// it). The keys are those of [ManifestGrammar]; one that is not known is an error that names it and the nearest
/// known one.
///
/// YAML is read narrowly: one document, no aliases, no repeated keys, at most [#MOST_BYTES] and 16 levels.
/// Only `true` and `false` are truth values, so that a class named `no` is a class.
///
/// Thread-safe.
public final class ManifestReader {
    /// The name of the manifest inside a bundle.
    public static final String FILE_NAME = "firstpass.yaml";

    /// Most bytes of a manifest or a file of class names.
    public static final int MOST_BYTES = 4 * 1024 * 1024;

    static final StreamReadConstraints CONSTRAINTS = StreamReadConstraints.builder()
            .maxNestingDepth(16)
            .maxNumberLength(64)
            .maxStringLength(64 * 1024)
            .maxNameLength(1024)
            .build();

    private static final class Yaml {
        static final ObjectMapper MAPPER = new ObjectMapper(YAMLFactory.builder()
                .streamReadConstraints(CONSTRAINTS)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .enable(YAMLParser.Feature.PARSE_BOOLEAN_LIKE_WORDS_AS_STRINGS)
                .loaderOptions(yamlLimits())
                .build());

        private static LoaderOptions yamlLimits() {
            LoaderOptions options = new LoaderOptions();
            options.setCodePointLimit(MOST_BYTES);
            options.setNestingDepthLimit(16);
            options.setMaxAliasesForCollections(0);
            return options;
        }
    }

    private static final ObjectMapper KEPT = new JsonMapper();

    private ManifestReader() {}

    /// Reads what a user wrote.
    ///
    /// @param yaml UTF-8
    /// @param origin what to call the place in "where from", for instance `firstpass.yaml`
    /// @throws ManifestInvalid with the key, or with the line where it is no YAML
    public static ManifestDocument read(byte[] yaml, String origin) {
        JsonNode tree = tree(text(yaml, "manifest"));
        boolean isEmpty = tree.isMissingNode() || tree.isNull() || isBlank(tree);
        if (isEmpty) {
            return ManifestDocument.EMPTY;
        }
        ManifestGrammar.GIVEN.check("", tree);
        return ManifestDocument.of(tree, origin);
    }

    /// A document with a start and nothing in it is an empty text to YAML.
    private static boolean isBlank(JsonNode tree) {
        return tree.isTextual() && tree.textValue().isEmpty();
    }

    /// Reads what [ManifestWriter#canonical] wrote.
    ///
    /// @throws ManifestInvalid if it is not complete or not consistent
    public static Manifest readCanonical(byte[] json) {
        try {
            JsonNode tree = KEPT.readTree(json);
            ManifestGrammar.KEPT.check("", tree);
            return ManifestBinder.manifest(tree);
        } catch (JsonProcessingException e) {
            throw new ManifestInvalid("manifest", "manifest: no JSON at line " + line(e));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// @throws ManifestInvalid if `bytes` is too long or no UTF-8
    static String text(byte[] bytes, String field) {
        if (bytes.length > MOST_BYTES) {
            throw new ManifestInvalid(
                    field, field + ": " + bytes.length + " bytes (expected: at most " + MOST_BYTES + ")");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException _) {
            throw new ManifestInvalid(field, field + ": not text (expected: UTF-8)");
        }
    }

    /// Reads YAML of any content, as narrowly as a manifest.
    ///
    /// @throws ManifestInvalid if it is not what is read here
    static JsonNode tree(String yaml) {
        try (JsonParser parser =
                new NoAliases((YAMLParser) Yaml.MAPPER.getFactory().createParser(yaml))) {
            return Yaml.MAPPER.readTree(parser) instanceof JsonNode tree
                    ? onlyOne(parser, tree)
                    : Yaml.MAPPER.missingNode();
        } catch (JsonProcessingException e) {
            throw new ManifestInvalid("manifest", "manifest: no YAML at line " + line(e));
        } catch (YAMLException e) {
            throw new ManifestInvalid("manifest", "manifest: no YAML (" + Shown.of(firstLine(e)) + ")");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode onlyOne(JsonParser parser, JsonNode tree) throws IOException {
        if (parser.nextToken() != null) {
            throw new ManifestInvalid("manifest", "manifest: several documents (expected: one)");
        }
        return tree;
    }

    private static long line(JsonProcessingException e) {
        return e.getLocation() == null ? 0 : e.getLocation().getLineNr();
    }

    private static String firstLine(YAMLException e) {
        return e.getMessage() == null
                ? "unknown"
                : e.getMessage().lines().findFirst().orElse("unknown");
    }

    /// Refuses aliases and anchors: Jackson would give an alias as the text of its name. For one thread.
    private static final class NoAliases extends JsonParserDelegate {
        private final YAMLParser yaml;

        NoAliases(YAMLParser yaml) {
            super(yaml);
            this.yaml = yaml;
        }

        @Override
        public JsonToken nextToken() throws IOException {
            JsonToken token = yaml.nextToken();
            if (yaml.isCurrentAlias()) {
                throw new ManifestInvalid(
                        "manifest",
                        "manifest: alias at line " + yaml.currentTokenLocation().getLineNr()
                                + " (expected: the value itself)");
            }
            return token;
        }
    }
}
