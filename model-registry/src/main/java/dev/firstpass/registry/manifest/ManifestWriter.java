package dev.firstpass.registry.manifest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.postprocess.spec.BatchingSpec;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.spec.StageSource;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.Manifest.GoldenSample;
import dev.firstpass.registry.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Writes manifests: the canonical form that identity rests on, and the form that people read.
///
/// The canonical form is the long form (`stages:`, `files:`) as JSON after RFC 8785: no white space, keys sorted
/// by UTF-16, numbers as ECMAScript writes them, UTF-8. Keys that say nothing (an empty ontology, no parameters,
/// no golden samples) are left out, so that a key that a later release adds does not change the identity of what is
/// registered already.
///
/// Thread-safe.
public final class ManifestWriter {
    private static final JsonFactory JSON = new JsonFactory();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,12}(\\.[0-9]{1,12})?");

    private ManifestWriter() {}

    /// `sha256:` and the digest of the canonical form in 64 hex digits: the identity of a version.
    public static String digest(Manifest manifest) {
        return digest(canonical(manifest));
    }

    /// The same for a canonical form at hand.
    public static String digest(byte[] canonical) {
        return "sha256:" + Sha256.of(canonical);
    }

    /// Equal manifests give equal bytes.
    public static byte[] canonical(Manifest manifest) {
        return canonical(tree(manifest)).getBytes(StandardCharsets.UTF_8);
    }

    /// As a person would write it, with the origin of each value in a comment and what could not be known as
    /// questions at the end. [ManifestReader] reads it again.
    public static String annotated(Derivation derivation) {
        ObjectNode tree = tree(derivation.manifest());
        tree.remove("files");
        if (tree.get("parameters") instanceof ObjectNode parameters) {
            parameters.properties().forEach(entry -> entry.setValue(asNumber(entry.getValue())));
        }
        return AnnotatedYaml.write(shortened(tree), derivation.origins(), derivation.questions());
    }

    /// Makes sure that what is kept can be read again: a model file or a bundle can name things as no manifest may.
    ///
    /// @throws dev.firstpass.registry.RegistryException.ManifestInvalid with the key
    static void requireReadable(Manifest manifest) {
        ObjectNode tree = tree(manifest);
        // First as people write it, for the sake of the key in the message.
        ManifestGrammar.GIVEN.check("", shortened(tree.deepCopy().without("files")));
        ManifestGrammar.KEPT.check("", tree);
    }

    static ObjectNode tree(Manifest manifest) {
        ObjectNode tree = tree(manifest.spec());
        for (JsonNode stage : tree.withArray("stages")) {
            Manifest.StageFile file =
                    manifest.stageFiles().get(stage.path("name").asText());
            if (file != null) {
                ((ObjectNode) stage).put("engine", file.engine().id()).put("file", file.file());
            }
        }
        if (!manifest.golden().isEmpty()) {
            ArrayNode golden = tree.putArray("golden");
            for (GoldenSample sample : manifest.golden()) {
                golden.addObject()
                        .put("image", sample.image())
                        .put("expect", sample.expect())
                        .put("iou", sample.iou())
                        .put("score", sample.score());
            }
        }
        ArrayNode files = tree.putArray("files");
        manifest.files().stream()
                .sorted(Comparator.comparing(BundleFile::path))
                .forEach(file -> files.addObject()
                        .put("path", file.path())
                        .put("sha256", file.sha256())
                        .put("bytes", file.bytes()));
        return tree;
    }

    /// Everything but engines and files.
    static ObjectNode tree(ModelSpec spec) {
        ObjectNode tree = NODES.objectNode().put("family", spec.family());
        ArrayNode stages = tree.putArray("stages");
        for (StageSpec stage : spec.stages()) {
            ObjectNode node = stages.addObject().put("name", stage.name());
            node.set("input", tree(stage.source()));
            if (!stage.outputs().isEmpty()) {
                node.set("outputs", texts(stage.outputs()));
            }
            node.set("batching", tree(stage.batching()));
        }
        ArrayNode classes = tree.putArray("classes");
        spec.classes().forEach(classes::add);
        ObjectNode thresholds =
                tree.putObject("thresholds").put("default", spec.thresholds().byDefault());
        new TreeMap<>(spec.thresholds().byLabel()).forEach(thresholds::put);
        tree.putObject("nms")
                .put("iou", spec.suppression().iou())
                .put("perClass", spec.suppression().perClass())
                .put("limit", spec.suppression().limit());
        if (!spec.ontology().isEmpty()) {
            tree.set("ontology", texts(spec.ontology()));
        }
        if (!spec.parameters().isEmpty()) {
            tree.set("parameters", texts(spec.parameters()));
        }
        return tree;
    }

    private static ObjectNode tree(BatchingSpec batching) {
        ObjectNode tree = NODES.objectNode().put("max", batching.max());
        batching.interactive().ifPresent(time -> tree.put("interactiveMillis", time.toMillis()));
        batching.bulk().ifPresent(time -> tree.put("bulkMillis", time.toMillis()));
        batching.limit().ifPresent(time -> tree.put("limitMillis", time.toMillis()));
        batching.quantum().ifPresent(time -> tree.put("quantumMillis", time.toMillis()));
        batching.bulkShare().ifPresent(share -> tree.put("bulkShare", share));
        batching.leastGain().ifPresent(gain -> tree.put("leastGain", gain));
        batching.queue().ifPresent(rows -> tree.put("queue", rows));
        return tree;
    }

    private static ObjectNode tree(StageSource source) {
        return switch (source) {
            case InputSpec input -> tree(input);
            case StageSource.Made _ -> NODES.objectNode().put("source", ManifestGrammar.TENSORS);
        };
    }

    private static ObjectNode tree(InputSpec input) {
        ObjectNode node = NODES.objectNode().put("name", input.name());
        node.set("size", tree(input.size()));
        node.put("resize", ManifestGrammar.word(input.resize()))
                .put("sampling", ManifestGrammar.word(input.sampling()))
                .put("padding", input.padding())
                .put("color", input.color().name())
                .put("layout", input.layout().name())
                .put("dtype", ManifestGrammar.word(input.dtype()))
                .put("scale", input.scale());
        node.set("mean", numbers(input.mean()));
        node.set("std", numbers(input.std()));
        node.put("range", ManifestGrammar.word(input.range()));
        // Left out where they say nothing, so that versions from before these keys keep their digests.
        if (input.reducedDecode()) {
            node.put("reducedDecode", true);
        }
        if (input.crop() != 1) {
            node.put("crop", input.crop());
        }
        return node;
    }

    private static JsonNode tree(SizeRule rule) {
        return switch (rule) {
            case SizeRule.Fixed(var size) -> NODES.arrayNode().add(size.width()).add(size.height());
            case SizeRule.ShortestSide(int target, int longest, int multiple) ->
                NODES.objectNode()
                        .put("shortest", target)
                        .put("longest", longest)
                        .put("multiple", multiple);
            case SizeRule.ShorterSide(int target, int longest) ->
                NODES.objectNode().set("sides", NODES.arrayNode().add(target).add(longest));
            case SizeRule.Line(int height, int longest, int multiple) ->
                NODES.objectNode().put("height", height).put("longest", longest).put("multiple", multiple);
            case SizeRule.Ladder(int least, int most) -> {
                ObjectNode node = NODES.objectNode();
                node.putArray("ladder").add(least).add(most);
                yield node;
            }
        };
    }

    private static ObjectNode texts(Map<String, String> texts) {
        ObjectNode node = NODES.objectNode();
        new TreeMap<>(texts).forEach(node::put);
        return node;
    }

    /// A number, which needs no quotes, where it is written as this text is; else the text.
    private static JsonNode asNumber(JsonNode text) {
        if (!NUMBER.matcher(text.textValue()).matches()) {
            return text;
        }
        JsonNode number = NODES.numberNode(Double.parseDouble(text.textValue()));
        return number(number).equals(text.textValue()) ? number : text;
    }

    private static ArrayNode numbers(List<Double> numbers) {
        ArrayNode node = NODES.arrayNode();
        numbers.forEach(node::add);
        return node;
    }

    /// The one stage `main` brought to the top, in the order people write it.
    private static ObjectNode shortened(ObjectNode tree) {
        JsonNode stages = tree.path("stages");
        if (stages.size() != 1 || !stages.get(0).path("name").asText().equals(StageSpec.MAIN)) {
            return tree;
        }
        ObjectNode merged = NODES.objectNode();
        merged.setAll((ObjectNode) stages.get(0));
        merged.setAll(tree);
        ObjectNode ordered = NODES.objectNode();
        for (String key : ManifestGrammar.GIVEN.keys().keySet()) {
            if (merged.has(key) && !key.equals("stages")) {
                ordered.set(key, merged.get(key));
            }
        }
        return ordered;
    }

    /// Any tree of values in that form.
    static String canonical(JsonNode tree) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator out = JSON.createGenerator(bytes)) {
            write(tree, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static void write(JsonNode node, JsonGenerator out) throws IOException {
        switch (node.getNodeType()) {
            case OBJECT -> {
                out.writeStartObject();
                Map<String, JsonNode> sorted = new TreeMap<>();
                node.properties().forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
                for (Map.Entry<String, JsonNode> entry : sorted.entrySet()) {
                    out.writeFieldName(entry.getKey());
                    write(entry.getValue(), out);
                }
                out.writeEndObject();
            }
            case ARRAY -> {
                out.writeStartArray();
                for (JsonNode item : node) {
                    write(item, out);
                }
                out.writeEndArray();
            }
            case NUMBER -> out.writeNumber(number(node));
            case STRING -> out.writeString(node.textValue());
            case BOOLEAN -> out.writeBoolean(node.booleanValue());
            case NULL, MISSING, BINARY, POJO -> throw new IllegalStateException("no manifest value: " + node);
        }
    }

    /// A number as ECMAScript's Number::toString gives it, but for the smallest subnormal ones, where Java gives a
    /// second digit.
    static String number(JsonNode node) {
        return node.isIntegralNumber() ? node.asText() : number(node.doubleValue());
    }

    private static String number(double value) {
        if (value == 0) {
            return "0";
        }
        BigDecimal decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        int exponent = decimal.precision() - decimal.scale() - 1;
        if (exponent >= -6 && exponent < 21) {
            return decimal.toPlainString();
        }
        String digits = decimal.unscaledValue().abs().toString();
        return (value < 0 ? "-" : "")
                + digits.charAt(0)
                + (digits.length() > 1 ? "." + digits.substring(1) : "")
                + (exponent < 0 ? "e-" : "e+")
                + Math.abs(exponent);
    }
}
