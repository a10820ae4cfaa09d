package dev.firstpass.registry.manifest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.spec.GeometryWish;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.postprocess.spec.MinimumSize;
import dev.firstpass.postprocess.spec.Outlining;
import dev.firstpass.registry.ProjectSpec;
import dev.firstpass.registry.RegistryException.ArgumentInvalid;
import dev.firstpass.registry.RegistryException.ManifestInvalid;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Reads what people write of a labeling project, in YAML or JSON, and writes what the registry keeps: canonical JSON, as
/// [ManifestWriter] has it. YAML is read as narrowly as a manifest; a key that is not known is an error that names it and
/// the nearest known one.
///
/// Thread-safe.
public final class ProjectDocument {
    /// Most annotations of an answer.
    public static final int MOST_ANNOTATIONS = 10_000;

    private static final int MOST_OPTIONS = 64;
    private static final String DEFAULT = "default";
    private static final String DOCUMENT = "project";

    private static final Schema OPTION = new Schema.Text(
            Pattern.compile("[A-Za-z][A-Za-z0-9_.-]*"), 64, "the name of an option: letters, digits, '_', '.', '-'");
    private static final Schema OPTION_VALUE = new Schema.Scalar(
            Pattern.compile("[^\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}]+"),
            1024,
            "a value of 1 to 1024 characters without control characters");
    private static final Schema FORMAT = new Schema.Text(
            Pattern.compile("[a-z0-9][a-z0-9.-]*"), 64, "a format's id, as `firstpass formats` lists them");

    /// Every key that a project may have, and what may stand there: the one place that says so.
    static final Schema.Keys GRAMMAR = ManifestGrammar.keys(
            "thresholds",
            new Schema.Named(ManifestGrammar.LABEL, new Schema.Real(0, 1), ManifestGrammar.MOST_CLASSES),
            "classes",
            new Schema.Items(ManifestGrammar.LABEL, 1, ManifestGrammar.MOST_CLASSES),
            "mapping",
            new Schema.Named(ManifestGrammar.LABEL, ManifestGrammar.LABEL, ManifestGrammar.MOST_CLASSES),
            "minimum",
            ManifestGrammar.keys(
                    "side",
                    new Schema.Real(0, MinimumSize.MOST_SIDE),
                    "area",
                    new Schema.Real(0, MinimumSize.MOST_AREA)),
            "max",
            new Schema.Whole(1, MOST_ANNOTATIONS),
            "geometry",
            new Schema.Choice(Stream.concat(
                            Stream.of(GeometryWish.NATIVE),
                            Stream.of(GeometryKind.values()).map(GeometryKind::id))
                    .toList()),
            "outline",
            ManifestGrammar.keys(
                    "simplify",
                    new Schema.Real(0, Outlining.MOST_PIXELS),
                    "vertices",
                    new Schema.Whole(Outlining.LEAST_VERTICES, Outlining.MOST_VERTICES),
                    "minIsland",
                    new Schema.Whole(1, Outlining.MOST_ISLAND),
                    "smoothing",
                    new Schema.Real(Outlining.LEAST_SMOOTHING, Outlining.MOST_PIXELS)),
            "format",
            FORMAT,
            "formatOptions",
            new Schema.Named(OPTION, OPTION_VALUE, MOST_OPTIONS));

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final ObjectMapper KEPT = new JsonMapper();

    private ProjectDocument() {}

    /// Reads what a user wrote.
    ///
    /// @param yaml UTF-8; YAML or JSON, which is YAML too
    /// @throws ArgumentInvalid with the key, or with the line where it is no YAML
    public static ProjectSpec read(byte[] yaml) {
        try {
            JsonNode tree = ManifestReader.tree(ManifestReader.text(yaml, DOCUMENT));
            boolean isEmpty = tree.isMissingNode() || tree.isNull();
            return spec(isEmpty ? NODES.objectNode() : tree);
        } catch (ManifestInvalid e) {
            throw new ArgumentInvalid(ofProject(e.field()), ofProject(e.getMessage()));
        }
    }

    /// The reader of manifests calls a document as a whole by what it is used to.
    private static String ofProject(String text) {
        return text.startsWith("manifest") ? DOCUMENT + text.substring("manifest".length()) : text;
    }

    /// Reads what [#canonical] wrote.
    ///
    /// @throws ArgumentInvalid if it is something else
    public static ProjectSpec readCanonical(String json) {
        try {
            return spec(KEPT.readTree(json));
        } catch (JsonProcessingException _) {
            throw new ArgumentInvalid(DOCUMENT, "project: no JSON");
        } catch (ManifestInvalid e) {
            throw new ArgumentInvalid(ofProject(e.field()), ofProject(e.getMessage()));
        }
    }

    /// The same for every spec that says the same, whatever the order and the layout of what was written.
    public static String canonical(ProjectSpec spec) {
        return ManifestWriter.canonical(tree(spec));
    }

    /// `sha256:` and the digest of a canonical form, in 64 hex digits.
    public static String digest(String canonical) {
        return ManifestWriter.digest(canonical.getBytes(StandardCharsets.UTF_8));
    }

    /// What a spec says, key by key, in the order of the page that lists them; keys that say nothing are left out.
    public static ObjectNode tree(ProjectSpec spec) {
        LabelingWishes labeling = spec.labeling();
        ObjectNode tree = NODES.objectNode();
        if (labeling.threshold().isPresent() || !labeling.thresholds().isEmpty()) {
            ObjectNode thresholds = tree.putObject("thresholds");
            labeling.threshold().ifPresent(value -> thresholds.put(DEFAULT, value));
            new TreeMap<>(labeling.thresholds()).forEach(thresholds::put);
        }
        if (!labeling.classes().isEmpty()) {
            new TreeSet<>(labeling.classes()).forEach(tree.putArray("classes")::add);
        }
        putTexts(tree, "mapping", labeling.mapping());
        ObjectNode minimum = NODES.objectNode();
        labeling.minSide().ifPresent(value -> minimum.put("side", value));
        labeling.minArea().ifPresent(value -> minimum.put("area", value));
        putUnlessEmpty(tree, "minimum", minimum);
        labeling.max().ifPresent(value -> tree.put("max", value));
        labeling.geometry().ifPresent(value -> tree.put("geometry", value.id()));
        ObjectNode outline = NODES.objectNode();
        labeling.simplify().ifPresent(value -> outline.put("simplify", value));
        labeling.vertices().ifPresent(value -> outline.put("vertices", value));
        labeling.minIsland().ifPresent(value -> outline.put("minIsland", value));
        labeling.smoothing().ifPresent(value -> outline.put("smoothing", value));
        putUnlessEmpty(tree, "outline", outline);
        spec.format().ifPresent(value -> tree.put("format", value));
        putTexts(tree, "formatOptions", spec.formatOptions());
        return tree;
    }

    private static void putTexts(ObjectNode tree, String key, Map<String, String> texts) {
        ObjectNode node = NODES.objectNode();
        new TreeMap<>(texts).forEach(node::put);
        putUnlessEmpty(tree, key, node);
    }

    private static void putUnlessEmpty(ObjectNode tree, String key, ObjectNode value) {
        if (!value.isEmpty()) {
            tree.set(key, value);
        }
    }

    private static ProjectSpec spec(JsonNode tree) {
        GRAMMAR.check("", tree);
        JsonNode outline = tree.path("outline");
        if (outline.has("simplify") && outline.has("vertices")) {
            throw new ArgumentInvalid(
                    "outline.vertices", "outline.vertices: beside outline.simplify (expected: one of them)");
        }
        Map<String, Double> thresholds = new LinkedHashMap<>();
        tree.path("thresholds")
                .properties()
                .forEach(
                        entry -> thresholds.put(entry.getKey(), entry.getValue().doubleValue()));
        Optional<Double> threshold = Optional.ofNullable(thresholds.remove(DEFAULT));
        Set<String> classes = new HashSet<>();
        tree.path("classes").forEach(label -> classes.add(label.asText()));
        LabelingWishes labeling = new LabelingWishes(
                texts(tree.path("mapping")),
                threshold,
                thresholds,
                classes,
                found(tree.path("max"), JsonNode::intValue).map(OptionalInt::of).orElseGet(OptionalInt::empty),
                found(tree.path("geometry"), JsonNode::asText).flatMap(GeometryWish::ofId),
                found(outline.path("simplify"), JsonNode::doubleValue),
                found(outline.path("vertices"), JsonNode::intValue)
                        .map(OptionalInt::of)
                        .orElseGet(OptionalInt::empty),
                found(outline.path("minIsland"), JsonNode::longValue)
                        .map(OptionalLong::of)
                        .orElseGet(OptionalLong::empty),
                found(outline.path("smoothing"), JsonNode::doubleValue),
                found(tree.path("minimum").path("side"), JsonNode::doubleValue),
                found(tree.path("minimum").path("area"), JsonNode::doubleValue));
        return new ProjectSpec(
                labeling, found(tree.path("format"), JsonNode::asText), texts(tree.path("formatOptions")));
    }

    private static <T> Optional<T> found(JsonNode node, Function<JsonNode, T> value) {
        return node.isMissingNode() ? Optional.empty() : Optional.of(value.apply(node));
    }

    private static Map<String, String> texts(JsonNode object) {
        Map<String, String> texts = new LinkedHashMap<>();
        object.properties()
                .forEach(entry -> texts.put(entry.getKey(), entry.getValue().asText()));
        return texts;
    }

    /// The keys at the top, in the order of the page that lists them.
    public static List<String> keys() {
        return List.copyOf(GRAMMAR.keys().keySet());
    }
}
