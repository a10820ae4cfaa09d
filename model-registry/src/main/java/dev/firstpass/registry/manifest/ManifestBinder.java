package dev.firstpass.registry.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.BatchingSpec;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.spec.StageSource;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.spec.Suppression;
import dev.firstpass.postprocess.spec.Thresholds;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.Manifest.GoldenSample;
import dev.firstpass.registry.Manifest.StageFile;
import dev.firstpass.registry.RegistryException.ManifestInvalid;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;

/// Makes records of a document that says everything. What it does not say is an error with the line to add;
/// nothing is filled in here.
///
/// Immutable.
final class ManifestBinder {
    private final ManifestDocument document;
    private final Map<String, String> questions;

    /// @param questions key -> what to ask and which line to add where it is missing
    ManifestBinder(ManifestDocument document, Map<String, String> questions) {
        this.document = document;
        this.questions = Map.copyOf(questions);
    }

    /// Binds what the registry keeps.
    ///
    /// @param kept checked against [ManifestGrammar#KEPT]
    static Manifest manifest(JsonNode kept) {
        ObjectNode rest = kept.deepCopy();
        List<BundleFile> files = new ArrayList<>();
        for (JsonNode file : rest.withArray("files")) {
            files.add(new BundleFile(
                    file.path("path").asText(),
                    file.path("sha256").asText(),
                    file.path("bytes").asLong()));
        }
        rest.remove("files");
        return new ManifestBinder(ManifestDocument.of(rest, "registry"), Map.of()).manifest(files);
    }

    Manifest manifest(List<BundleFile> files) {
        Map<String, StageFile> stageFiles = new LinkedHashMap<>();
        for (String stage : document.stages()) {
            stageFiles.put(
                    stage,
                    new StageFile(
                            need(ManifestKey.stage(stage, "engine"), constant(EngineKind.values(), EngineKind::id)),
                            need(ManifestKey.stage(stage, "file"), JsonNode::asText)));
        }
        return new Manifest(spec(), stageFiles, files, golden());
    }

    private ModelSpec spec() {
        String family = need(ManifestKey.of("family"), JsonNode::asText);
        List<StageSpec> stages = document.stages().stream().map(this::stage).toList();
        if (stages.getFirst().isMade()) {
            throw new ManifestInvalid(
                    "stages",
                    "stages: the first is " + stages.getFirst().name()
                            + ", which takes tensors (expected: one that takes pixels)");
        }
        List<String> classes = need(ManifestKey.of("classes"), node -> items(node, JsonNode::asText));
        return new ModelSpec(
                family, stages, classes, thresholds(), suppression(), texts(ManifestKey.of("ontology")), parameters());
    }

    private Map<String, String> parameters() {
        ManifestKey key = ManifestKey.of("parameters");
        Map<String, String> texts = new TreeMap<>();
        document.below(key).forEach((name, value) -> texts.put(name, parameter(key + "." + name, value)));
        return texts;
    }

    /// The items of a list in one text, which the family takes apart again.
    private static String parameter(String field, JsonNode value) {
        String text = value.isArray() ? String.join(",", items(value, ManifestBinder::scalar)) : scalar(value);
        if (text.length() > ManifestGrammar.LONGEST_PARAMETER) {
            throw new ManifestInvalid(
                    field,
                    field + ": " + Shown.of(value) + ", " + text.length() + " characters (expected: at most "
                            + ManifestGrammar.LONGEST_PARAMETER + " with the commas between them)");
        }
        return text;
    }

    private static String scalar(JsonNode value) {
        return value.isNumber() ? ManifestWriter.number(value) : value.asText();
    }

    private StageSpec stage(String stage) {
        return consistent(
                ManifestKey.stage(stage, "batching").toString(),
                () -> new StageSpec(stage, source(stage), texts(ManifestKey.stage(stage, "outputs")), batching(stage)));
    }

    private StageSource source(String stage) {
        return isMade(document, stage) ? new StageSource.Made() : input(stage);
    }

    /// Whether the family makes the rows of a stage, as far as a document tells.
    static boolean isMade(ManifestDocument document, String stage) {
        return document.get(ManifestKey.stage(stage, "input", "source"))
                .filter(source -> source.asText().equals(ManifestGrammar.TENSORS))
                .isPresent();
    }

    private BatchingSpec batching(String stage) {
        Function<String, ManifestKey> key = name -> ManifestKey.stage(stage, "batching", name);
        return new BatchingSpec(
                need(key.apply("max"), JsonNode::asInt),
                millis(key.apply("interactiveMillis")),
                millis(key.apply("bulkMillis")),
                millis(key.apply("limitMillis")),
                millis(key.apply("quantumMillis")),
                document.get(key.apply("bulkShare")).map(JsonNode::asDouble),
                document.get(key.apply("leastGain")).map(JsonNode::asDouble),
                document.get(key.apply("queue")).map(JsonNode::asInt));
    }

    private Optional<Duration> millis(ManifestKey key) {
        return document.get(key).map(JsonNode::asLong).map(Duration::ofMillis);
    }

    private InputSpec input(String stage) {
        Function<String, ManifestKey> key = name -> ManifestKey.stage(stage, "input", name);
        return consistent(
                ManifestKey.stage(stage, "input").toString(),
                () -> new InputSpec(
                        need(key.apply("name"), JsonNode::asText),
                        size(key.apply("size")),
                        need(key.apply("resize"), constant(InputSpec.Resize.values(), ManifestGrammar::word)),
                        need(key.apply("sampling"), constant(InputSpec.Sampling.values(), ManifestGrammar::word)),
                        need(key.apply("padding"), JsonNode::asInt),
                        need(key.apply("color"), constant(InputSpec.ColorOrder.values(), Enum::name)),
                        need(key.apply("layout"), constant(InputSpec.Layout.values(), Enum::name)),
                        need(key.apply("dtype"), constant(ElementType.values(), ManifestGrammar::word)),
                        need(key.apply("scale"), JsonNode::asDouble),
                        need(key.apply("mean"), node -> items(node, JsonNode::asDouble)),
                        need(key.apply("std"), node -> items(node, JsonNode::asDouble)),
                        need(key.apply("range"), constant(InputSpec.Range.values(), ManifestGrammar::word)),
                        document.get(key.apply("reducedDecode"))
                                .map(JsonNode::asBoolean)
                                .orElse(false),
                        crop(key)));
    }

    /// What notes say of a crop counts only where there is one.
    private double crop(Function<String, ManifestKey> key) {
        boolean isCropped = document.get(key.apply("resize"))
                .filter(resize -> resize.asText().equals(ManifestGrammar.word(InputSpec.Resize.CROP)))
                .isPresent();
        return isCropped
                ? document.get(key.apply("crop")).map(JsonNode::asDouble).orElse(1.0)
                : 1.0;
    }

    /// `[width, height]`, `{shortest, longest, multiple}`, `{height, longest, multiple}` or `{ladder: [least, most]}`.
    private SizeRule size(ManifestKey key) {
        JsonNode size = need(key, Function.identity());
        if (size.isArray()) {
            return new SizeRule.Fixed(
                    new ImageSize(size.get(0).asInt(), size.get(1).asInt()));
        }
        if (size.has("ladder")) {
            return ladder(key, size);
        }
        if (size.has("sides")) {
            return sides(key, size);
        }
        boolean isLine = size.has("height") && !size.has("shortest");
        for (String part : List.of(isLine ? "height" : "shortest", "longest", "multiple")) {
            if (!size.has(part)) {
                throw new ManifestInvalid(key + "." + part, key + "." + part + ": missing (expected: a whole number)");
            }
        }
        if (isLine) {
            return consistent(
                    key.toString(),
                    () -> new SizeRule.Line(
                            size.get("height").asInt(),
                            size.get("longest").asInt(),
                            size.get("multiple").asInt()));
        }
        if (size.has("height")) {
            throw new ManifestInvalid(key + ".height", key + ".height: beside other rules (expected: by itself)");
        }
        return consistent(
                key.toString(),
                () -> new SizeRule.ShortestSide(
                        size.get("shortest").asInt(),
                        size.get("longest").asInt(),
                        size.get("multiple").asInt()));
    }

    private static SizeRule sides(ManifestKey key, JsonNode size) {
        if (size.size() > 1) {
            throw new ManifestInvalid(key + ".sides", key + ".sides: beside other rules (expected: by itself)");
        }
        JsonNode sides = size.get("sides");
        return consistent(
                key + ".sides",
                () -> new SizeRule.ShorterSide(
                        sides.get(0).asInt(), sides.get(1).asInt()));
    }

    private static SizeRule ladder(ManifestKey key, JsonNode size) {
        if (size.size() > 1) {
            throw new ManifestInvalid(key + ".ladder", key + ".ladder: beside other rules (expected: by itself)");
        }
        JsonNode sides = size.get("ladder");
        return consistent(
                key + ".ladder",
                () -> new SizeRule.Ladder(
                        sides.get(0).asInt(), sides.get(sides.size() - 1).asInt()));
    }

    private Thresholds thresholds() {
        Map<String, Double> byLabel = new LinkedHashMap<>();
        document.below(ManifestKey.of("thresholds")).forEach((label, value) -> byLabel.put(label, value.asDouble()));
        double byDefault = need(ManifestKey.of("thresholds", "default"), JsonNode::asDouble);
        byLabel.remove("default");
        return new Thresholds(byDefault, byLabel);
    }

    private Suppression suppression() {
        return new Suppression(
                need(ManifestKey.of("nms", "iou"), JsonNode::asDouble),
                need(ManifestKey.of("nms", "perClass"), JsonNode::asBoolean),
                need(ManifestKey.of("nms", "limit"), JsonNode::asInt));
    }

    private List<GoldenSample> golden() {
        List<GoldenSample> samples = new ArrayList<>();
        document.get(ManifestKey.of("golden")).ifPresent(list -> list.forEach(sample -> samples.add(golden(sample))));
        return samples;
    }

    private static GoldenSample golden(JsonNode sample) {
        for (String part : List.of("image", "expect")) {
            if (!sample.has(part)) {
                throw new ManifestInvalid("golden." + part, "golden." + part + ": missing (expected: a file)");
            }
        }
        return new GoldenSample(
                sample.get("image").asText(),
                sample.get("expect").asText(),
                sample.path("iou").asDouble(0.9),
                sample.path("score").asDouble(0.05));
    }

    private Map<String, String> texts(ManifestKey key) {
        Map<String, String> texts = new TreeMap<>();
        document.below(key).forEach((name, value) -> texts.put(name, value.asText()));
        return texts;
    }

    private static <T> List<T> items(JsonNode list, Function<JsonNode, T> each) {
        List<T> items = new ArrayList<>(list.size());
        list.forEach(item -> items.add(each.apply(item)));
        return items;
    }

    private static <E extends Enum<E>> Function<JsonNode, E> constant(E[] constants, Function<E, String> word) {
        return node -> {
            for (E constant : constants) {
                if (word.apply(constant).equals(node.asText())) {
                    return constant;
                }
            }
            throw new IllegalStateException("the grammar let through " + node);
        };
    }

    private <T> T need(ManifestKey key, Function<JsonNode, T> read) {
        Optional<JsonNode> node = document.get(key);
        if (node.isEmpty()) {
            String field = key.toString();
            throw new ManifestInvalid(field, field + ": " + questions.getOrDefault(field, "missing"));
        }
        return read.apply(node.get());
    }

    /// Runs a constructor that checks its values, whose message begins with the wrong field's name.
    private static <T> T consistent(String within, Supplier<T> construct) {
        try {
            return construct.get();
        } catch (IllegalArgumentException e) {
            throw new ManifestInvalid(within, within + ": " + e.getMessage());
        }
    }
}
