package dev.firstpass.registry.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.DoubleNode;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.BatchingSpec;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.spec.Suppression;
import dev.firstpass.postprocess.spec.Thresholds;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.Manifest.GoldenSample;
import dev.firstpass.registry.Manifest.StageFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestWriterTest {
    private static final Manifest SAMPLE = new Manifest(
            new ModelSpec(
                    "yolo",
                    List.of(new StageSpec(
                            StageSpec.MAIN,
                            new InputSpec(
                                    "images",
                                    new SizeRule.Fixed(new ImageSize(640, 480)),
                                    InputSpec.Resize.LETTERBOX,
                                    InputSpec.Sampling.HALF_PIXEL,
                                    114,
                                    InputSpec.ColorOrder.RGB,
                                    InputSpec.Layout.NCHW,
                                    ElementType.FLOAT32,
                                    1 / 255.0,
                                    List.of(0.0, 0.0, 0.0),
                                    List.of(1.0, 1.0, 1.0)),
                            Map.of("boxes", "output0"),
                            16)),
                    List.of("crop", "weed", "Löwenzahn"),
                    new Thresholds(0.25, Map.of("weed", 0.4)),
                    new Suppression(0.45, true, 300),
                    Map.of("crop", "Crop Plant")),
            Map.of(StageSpec.MAIN, new StageFile(EngineKind.ONNX, "model.onnx")),
            List.of(
                    new BundleFile("model.onnx", "ab".repeat(32), 1234),
                    new BundleFile("golden/a.jpg", "01".repeat(32), 5),
                    new BundleFile("golden/a.json", "02".repeat(32), 6)),
            List.of(new GoldenSample("golden/a.jpg", "golden/a.json", 0.9, 0.05)));

    private static final BatchingSpec BATCHING = new BatchingSpec(
            3,
            Optional.of(Duration.ofMillis(150)),
            Optional.of(Duration.ofSeconds(3)),
            Optional.of(Duration.ofMinutes(2)),
            Optional.of(Duration.ofMillis(1)),
            Optional.of(0.125),
            Optional.of(1.0),
            Optional.of(1_000_000));

    private static String resource(String name) {
        try (InputStream in = ManifestWriterTest.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("no resource " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// If this fails, every version that users have registered would get another identity.
    @Test
    void canonical_ofTheSample_isTheGoldenText() {
        String text = new String(ManifestWriter.canonical(SAMPLE), StandardCharsets.UTF_8);

        assertEquals(resource("canonical.json"), text);
        assertEquals(resource("canonical.digest"), ManifestWriter.digest(SAMPLE));
    }

    @Test
    void canonical_ofFilesInAnotherOrder_isTheSame() {
        Manifest other =
                new Manifest(SAMPLE.spec(), SAMPLE.stageFiles(), SAMPLE.files().reversed(), SAMPLE.golden());

        assertEquals(ManifestWriter.digest(SAMPLE), ManifestWriter.digest(other));
    }

    @Test
    void parameters_inBothForms_areTextThatIsQuotedOnlyWhereItMustBe() {
        ModelSpec spec = SAMPLE.spec()
                .withParameters(Map.of("b", "1.5", "a", "8,16", "c", "1.50", "d", "007", "e", "true", "f", "-3"));
        Manifest manifest = new Manifest(spec, SAMPLE.stageFiles(), SAMPLE.files(), SAMPLE.golden());
        String canonical = new String(ManifestWriter.canonical(manifest), StandardCharsets.UTF_8);
        String yaml = ManifestWriter.annotated(new Derivation(manifest, Map.of("parameters.b", "given"), Map.of()));

        assertTrue(
                canonical.contains(
                        "\"parameters\":{\"a\":\"8,16\",\"b\":\"1.5\",\"c\":\"1.50\",\"d\":\"007\",\"e\":\"true\",\"f\":\"-3\"}"),
                canonical);
        assertEquals(
                List.of("parameters:", "a: \"8,16\"", "b: 1.5", "c: \"1.50\"", "d: \"007\"", "e: \"true\"", "f: -3"),
                yaml.lines()
                        .dropWhile(line -> !line.startsWith("parameters"))
                        .limit(7)
                        .map(line -> line.replaceAll("  #.*", "").strip())
                        .toList());
        assertEquals(
                spec,
                ManifestReader.readCanonical(ManifestWriter.canonical(manifest)).spec());
    }

    /// The samples of RFC 8785, appendix B, that are finite and not negative zero, and some of our own.
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "-0.0, 0",
        "1.7976931348623157E308, 1.7976931348623157e+308",
        "9007199254740992, 9007199254740992",
        "295147905179352825856, 295147905179352830000",
        "9.999999999999997E22, 9.999999999999997e+22",
        "1E23, 1e+23",
        "999999999999999700000, 999999999999999700000",
        "1E21, 1e+21",
        "9.999999999999997E-7, 9.999999999999997e-7",
        "0.000001, 0.000001",
        "333333333.33333325, 333333333.33333325",
        "-0.0000033333333333333333, -0.0000033333333333333333",
        "1424953923781206.2, 1424953923781206.2",
        "1, 1",
        "100, 100",
        "0.25, 0.25",
        "0.00392156862745098, 0.00392156862745098"
    })
    void number_isWrittenAsEcmaScriptDoes(double value, String expected) {
        assertEquals(expected, ManifestWriter.number(DoubleNode.valueOf(value)));
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void canonical_readAgain_isTheSameManifest(@ForAll("manifests") Manifest manifest) {
        byte[] canonical = ManifestWriter.canonical(manifest);
        Manifest read = ManifestReader.readCanonical(canonical);

        assertEquals(manifest, read);
        assertEquals(
                new String(canonical, StandardCharsets.UTF_8),
                new String(ManifestWriter.canonical(read), StandardCharsets.UTF_8));
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void annotated_readAgain_saysTheSame(@ForAll("manifests") Manifest manifest) {
        Derivation derivation = new Derivation(
                manifest,
                Map.of("family", "a guess\nof ours", "input.size", "the\u2028model: x"),
                Map.of("classes", "which\u2029one?"));
        String yaml = ManifestWriter.annotated(derivation);
        ManifestDocument read = ManifestReader.read(yaml.getBytes(StandardCharsets.UTF_8), "test");

        assertEquals(manifest, new ManifestBinder(read, Map.of()).manifest(manifest.files()), yaml);
    }

    @Test
    void annotated_ofTheSample_isTheGoldenText() {
        Derivation derivation = new Derivation(
                SAMPLE,
                Map.of(
                        "file", "the only model file",
                        "family", "metadata task=detect",
                        "classes", "metadata names",
                        "input.size", "metadata imgsz",
                        "thresholds.default", "default",
                        "thresholds.weed", "given"),
                Map.of("classes", "what are they called?"));

        assertEquals(
                resource("annotated.yaml"), ManifestWriter.annotated(derivation).strip());
    }

    // --- Manifests of every kind

    @Provide
    Arbitrary<Manifest> manifests() {
        Arbitrary<List<String>> names =
                Arbitraries.of("main", "encoder", "decoder").set().ofMinSize(1).map(List::copyOf);
        return Combinators.combine(
                        names, inputs(), classes().list().ofMaxSize(5), units(), units(), Arbitraries.of(true, false))
                .as((stages, input, classes, threshold, iou, rich) -> {
                    Map<String, StageFile> files = new TreeMap<>();
                    List<StageSpec> specs = new ArrayList<>();
                    List<BundleFile> bundle = new ArrayList<>();
                    for (String stage : stages) {
                        specs.add(new StageSpec(
                                stage,
                                input,
                                rich ? Map.of("a b", "c:d") : Map.of(),
                                rich ? BATCHING : BatchingSpec.of(3)));
                        files.put(stage, new StageFile(EngineKind.ONNX, stage + ".onnx"));
                        bundle.add(new BundleFile(stage + ".onnx", "00".repeat(32), 7));
                    }
                    bundle.sort((a, b) -> a.path().compareTo(b.path()));
                    Map<String, Double> byLabel = new TreeMap<>();
                    Map<String, String> ontology = new TreeMap<>();
                    Map<String, String> parameters = new TreeMap<>();
                    for (String label : rich ? classes : List.<String>of()) {
                        if (!label.equals("default") && !label.isEmpty()) {
                            byLabel.put(label, iou);
                            ontology.put(label, label + " !");
                            parameters.put("p" + parameters.size(), label);
                            parameters.put("p" + parameters.size(), ManifestWriter.number(DoubleNode.valueOf(iou)));
                        }
                    }
                    ModelSpec spec = new ModelSpec(
                            "yolo",
                            specs,
                            classes,
                            new Thresholds(threshold, byLabel),
                            new Suppression(iou, rich, 10),
                            ontology,
                            parameters);
                    return new Manifest(spec, files, bundle);
                });
    }

    private static Arbitrary<InputSpec> inputs() {
        Arbitrary<SizeRule> sizes = Arbitraries.of(
                new SizeRule.Fixed(new ImageSize(640, 32)),
                new SizeRule.ShortestSide(736, 4000, 32),
                new SizeRule.Ladder(320, 1536),
                new SizeRule.Line(48, 960, 32),
                new SizeRule.ShorterSide(800, 1333));
        return Combinators.combine(
                        labels(),
                        sizes,
                        Arbitraries.of(InputSpec.Resize.class),
                        Arbitraries.of(InputSpec.Sampling.class),
                        Arbitraries.of(InputSpec.ColorOrder.class),
                        Arbitraries.of(InputSpec.Layout.class),
                        Arbitraries.of(ManifestGrammar.PIXEL_TYPES),
                        units())
                .as((name, size, resize, sampling, color, layout, dtype, scale) -> new InputSpec(
                        name,
                        size,
                        resize,
                        sampling,
                        9,
                        color,
                        layout,
                        dtype,
                        scale,
                        List.of(scale, 2.5),
                        List.of(1.0, 0.5),
                        InputSpec.Range.FULL,
                        sampling == InputSpec.Sampling.HALF_PIXEL && scale > .5,
                        resize == InputSpec.Resize.CROP ? (1 + scale) / 2 : 1));
    }

    private static Arbitrary<Double> units() {
        return Arbitraries.oneOf(
                Arbitraries.doubles().between(0, 1), Arbitraries.of(0.0, 1.0, 1e-9, 0.1 + 0.2, Double.MIN_VALUE));
    }

    private static Arbitrary<String> classes() {
        return Arbitraries.frequencyOf(Tuple.of(9, labels()), Tuple.of(1, Arbitraries.just("")));
    }

    private static Arbitrary<String> labels() {
        return Arbitraries.oneOf(
                Arbitraries.strings()
                        .withChars("abzAZ09 .:#-_,'\"{}[]&*!|>%@`\\/?~=äß€日")
                        .ofMinLength(1)
                        .ofMaxLength(12),
                Arbitraries.of(
                        "no",
                        "true",
                        "null",
                        "~",
                        "12",
                        "1e3",
                        "0x1F",
                        "- a",
                        "a: b",
                        "a #b",
                        "\uD83D\uDC15",
                        "=",
                        "<<",
                        "2001-01-01",
                        " x ",
                        "default"));
    }
}
