package dev.firstpass.registry.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.family.ModelFamilies;
import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.FakeFamily;
import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.RegistryException.ManifestInvalid;
import dev.firstpass.registry.onnx.OnnxFile;
import dev.firstpass.registry.onnx.proto.GraphProto;
import dev.firstpass.registry.onnx.proto.ModelProto;
import dev.firstpass.registry.onnx.proto.StringStringEntryProto;
import dev.firstpass.registry.onnx.proto.TensorProto;
import dev.firstpass.registry.onnx.proto.TensorShapeProto;
import dev.firstpass.registry.onnx.proto.TypeProto;
import dev.firstpass.registry.onnx.proto.ValueInfoProto;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What exporters write into ONNX files and beside them, in the words that they write, through the real reader.
class ClueSourceTest {
    /// As Ultralytics 8.3 writes it into the file of a detector.
    private static final Map<String, String> ULTRALYTICS = Map.of(
            "description", "Ultralytics YOLO11n model trained on weeds.yaml",
            "author", "Ultralytics",
            "date", "2026-03-01T10:00:00.000000",
            "version", "8.3.80",
            "license", "AGPL-3.0 License (https://ultralytics.com/license)",
            "stride", "32",
            "task", "detect",
            "batch", "1",
            "imgsz", "[480, 640]",
            "names", "{0: 'crop', 1: \"shepherd's purse\"}");

    private static final String TRANSFORMERS = """
            {"architectures": ["DetrForObjectDetection"], "model_type": "detr",
             "id2label": {"0": "crop", "2": "weed"}, "label2id": {"crop": 0, "weed": 2}}
            """;

    @TempDir
    Path bundle;

    private final List<BundleFile> files = new ArrayList<>();
    /// Not those whose absence is what tests are about.
    private final List<ModelFamily> families = new ArrayList<>(Stream.of("ssd", "text-regions", "salient")
            .map(id -> ModelFamilies.byId(id).orElseThrow())
            .toList());

    private Derivation derive(String... manifests) {
        List<ManifestDocument> given = new ArrayList<>();
        for (String manifest : manifests) {
            given.add(ManifestReaderTest.read(manifest));
        }
        return new ManifestDeriver(families, ClueSourceTest::signature).derive(bundle, files, given);
    }

    /// An ONNX file by its real reader; a SavedModel is a single-shot detector with two classes.
    private static ModelSignature signature(EngineKind engine, Path file) {
        return switch (engine) {
            case ONNX -> OnnxFile.read(file).signature();
            case TENSORFLOW ->
                new ModelSignature(
                        List.of(new TensorInfo("images", ElementType.FLOAT32, Shape.of(-1, -1, -1, 3))),
                        List.of(
                                new TensorInfo("boxes", ElementType.FLOAT32, Shape.of(1, 50, 4)),
                                new TensorInfo("scores", ElementType.FLOAT32, Shape.of(1, 50, 2))),
                        Map.of());
        };
    }

    private ManifestInvalid refusal(String... manifests) {
        return assertThrows(ManifestInvalid.class, () -> derive(manifests));
    }

    private void file(String path, String text) throws IOException {
        bytes(path, text.getBytes(StandardCharsets.UTF_8));
    }

    private void bytes(String path, byte[] bytes) throws IOException {
        Path file = bundle.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
        files.add(new BundleFile(path, "00".repeat(32), bytes.length));
    }

    /// A single-shot detector with two classes whose input takes any size.
    private void detector(String path, Map<String, String> metadata) throws IOException {
        model(path, metadata, -1, -1);
    }

    private void model(String path, Map<String, String> metadata, long height, long width) throws IOException {
        model(path, metadata, height, width, value("boxes", 1, 50, 4), value("scores", 1, 50, 2));
    }

    private void model(String path, Map<String, String> metadata, long height, long width, ValueInfoProto... outputs)
            throws IOException {
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(8)
                .setGraph(GraphProto.newBuilder()
                        .setName("main")
                        .addInput(value("images", -1, 3, height, width))
                        .addAllOutput(List.of(outputs)));
        metadata.forEach((key, text) -> model.addMetadataProps(
                StringStringEntryProto.newBuilder().setKey(key).setValue(text)));
        bytes(path, model.build().toByteArray());
    }

    private static ValueInfoProto value(String name, long... extents) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long extent : extents) {
            TensorShapeProto.Dimension.Builder axis = TensorShapeProto.Dimension.newBuilder();
            shape.addDim(extent < 0 ? axis.setDimParam("any") : axis.setDimValue(extent));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(TensorProto.DataType.FLOAT.getNumber())
                                .setShape(shape)))
                .build();
    }

    // --- Ultralytics

    @Test
    void derive_ultralyticsDetector_isRefusedByItsFamilysName() throws IOException {
        model("model.onnx", ULTRALYTICS, -1, -1, value("output0", 1, 6, 8400));

        assertEquals(
                "family: yolo, as metadata task of Ultralytics' exporter says, is not in this release (expected: one of"
                        + " salient, ssd, text-regions; if one of them reads the outputs, add the line `family: ID`)",
                refusal().getMessage());
        assertEquals("family", refusal().field());
    }

    /// Two outputs of such shapes are a single-shot detector's, were it not for the notes.
    @Test
    void derive_outputsLikeAnotherFamilys_notesOfAnotherOneWin() throws IOException {
        detector("model.onnx", ULTRALYTICS);

        assertTrue(refusal().getMessage().startsWith("family: yolo, as "));
        assertEquals("ssd", derive("family: ssd").manifest().spec().family());
    }

    @Test
    void derive_ultralyticsFamilyThatIsThere_needsNoLine() throws IOException {
        families.add(new FakeFamily("yolo", "output0", 0.9));
        model("model.onnx", ULTRALYTICS, -1, -1, value("output0", 1, 6, 8400));
        Derivation derived = derive();
        ModelSpec spec = derived.manifest().spec();
        InputSpec input = spec.firstStage().input();

        assertEquals("yolo", spec.family());
        assertEquals(List.of("crop", "shepherd's purse"), spec.classes());
        assertEquals(new SizeRule.Fixed(new ImageSize(640, 480)), input.size());
        assertEquals(InputSpec.Resize.LETTERBOX, input.resize());
        assertEquals(114, input.padding());
        assertEquals(InputSpec.ColorOrder.RGB, input.color());
        assertEquals(1.0 / 255, input.scale());
        assertEquals(0.25, spec.thresholds().byDefault());
        assertEquals(0.7, spec.suppression().iou());
        assertEquals("metadata imgsz", derived.origins().get("input.size"));
        assertEquals("metadata names", derived.origins().get("classes"));
        assertEquals("as Ultralytics' models are fed", derived.origins().get("input.padding"));
        assertEquals(Map.of(), derived.questions());
    }

    /// Notes of its exporter as they are; unlike all others, its images are stretched.
    @Test
    void derive_ultralyticsRtDetr_needsNoLineAndStretches() throws IOException {
        families.add(ModelFamilies.byId("detr").orElseThrow());
        Map<String, String> notes = new HashMap<>(ULTRALYTICS);
        notes.putAll(Map.of("description", "Ultralytics best model ", "head", "RTDETRDecoder", "version", "8.4.190"));
        notes.put("names", "{0: 'crop', 1: 'weed', 2: 'stone'}");
        model("model.onnx", notes, 480, 640, value("output0", 1, 300, 6));
        Derivation derived = derive();

        assertEquals("detr", derived.manifest().spec().family());
        assertEquals(Map.of("layout", "rows"), derived.manifest().spec().parameters());
        assertEquals(
                InputSpec.Resize.STRETCH,
                derived.manifest().spec().firstStage().input().resize());
        assertEquals(Map.of(), derived.questions());
    }

    @Test
    void derive_partOfAFamilyThatIsThere_isThatFamilyIfItRecognisesIt() throws IOException {
        families.add(new FakeFamily("yolo", "output0", 0.9));
        Map<String, String> notes = Map.of("stride", "32", "names", "{0: 'a'}", "task", "segment");
        model("model.onnx", notes, 640, 480, value("output0", 1, 37, 8400));

        assertEquals("yolo", derive().manifest().spec().family());
        files.clear();
        model("model.onnx", notes, 640, 480, value("masks", 1, 37, 8400));
        assertTrue(refusal().getMessage().startsWith("family: yolo-segment, as metadata task"));
    }

    @Test
    void derive_metadataFileOfAnUltralyticsExport_countsLikeTheMetadata() throws IOException {
        detector("net/model.onnx", Map.of());
        file("net/metadata.yaml", """
                author: Ultralytics
                stride: 32
                task: pose
                imgsz: [320, 416]
                names: {0: crop, 1: weed}
                kpt_shape: [17, 3]
                """);
        assertTrue(refusal().getMessage().startsWith("family: yolo-pose, as metadata.yaml task"));
        Derivation derived = derive("family: ssd");

        assertEquals(List.of("crop", "weed"), derived.manifest().spec().classes());
        assertEquals("metadata.yaml imgsz", derived.origins().get("input.size"));
    }

    @Test
    void derive_damagedNames_isAQuestionAndNothingIsTaken() throws IOException {
        detector("model.onnx", Map.of("names", "{0: 'crop', 0: 'weed'}"));
        Derivation derived = derive();

        assertTrue(derived.questions().getOrDefault("classes", "").startsWith("metadata names: neither JSON nor"));
    }

    /// The model takes one size, whatever its notes say of another.
    @Test
    void derive_sizeThatTheModelDoesNotTake_isAQuestion() throws IOException {
        model("model.onnx", Map.of("stride", "32", "imgsz", "[640, 640]", "names", "['a', 'b']"), 300, 400);
        Derivation derived = derive("family: ssd");

        assertEquals(
                new SizeRule.Fixed(new ImageSize(400, 300)),
                derived.manifest().spec().firstStage().input().size());
        assertTrue(derived.questions().getOrDefault("input.size", "").startsWith("metadata imgsz says 640x640"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "net/"})
    void derive_savedModelWithNotesInItsFolder_isReadLikeAFile(String folder) throws IOException {
        file(folder + "saved_model.pb", "x");
        file(folder + "metadata.yaml", "author: Ultralytics\ntask: detect\nimgsz: [320, 416]\nnames: {0: a, 1: b}\n");

        assertTrue(refusal().getMessage().startsWith("family: yolo, as metadata.yaml task"));
        Derivation derived = derive("family: ssd");
        assertEquals(List.of("a", "b"), derived.manifest().spec().classes());
        assertEquals(
                new SizeRule.Fixed(new ImageSize(416, 320)),
                derived.manifest().spec().firstStage().input().size());
    }

    @Test
    void derive_savedModelWithNamesAmongItsAssets_hasTheseClasses() throws IOException {
        file("saved_model.pb", "x");
        file("assets/labels.txt", "0 crop\n1 weed\n");

        assertEquals(List.of("crop", "weed"), derive().manifest().spec().classes());
    }

    // --- Transformers and timm

    @Test
    void derive_transformersBesideTheModel_giveClassesAndInput() throws IOException {
        model("onnx/model.onnx", Map.of(), -1, -1, value("boxes", 1, 50, 4), value("scores", 1, 50, 3));
        file("config.json", TRANSFORMERS);
        file("preprocessor_config.json", """
                {"image_processor_type": "DetrImageProcessor", "do_resize": true, "do_rescale": true,
                 "do_normalize": true, "rescale_factor": 0.00392156862745098, "image_mean": [0.485, 0.456, 0.406],
                 "image_std": [0.229, 0.224, 0.225], "size": {"shortest_edge": 800, "longest_edge": 1333}}
                """);

        assertTrue(refusal().getMessage().startsWith("family: detr, as config.json model_type says"));
        Derivation derived = derive("family: ssd");
        InputSpec input = derived.manifest().spec().firstStage().input();
        assertEquals(List.of("crop", "", "weed"), derived.manifest().spec().classes());
        assertEquals(new SizeRule.ShortestSide(800, 1333, 1), input.size());
        assertEquals(List.of(0.485, 0.456, 0.406), input.mean());
        assertEquals(List.of(0.229, 0.224, 0.225), input.std());
        assertEquals("preprocessor_config.json", derived.origins().get("input.scale"));
        assertEquals(Map.of(), derived.questions());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "do_normalize": true, "size": {"height": 320, "width": 416}             | 416 | 320 | 0.5 | 0
            "size": 224, "image_mean": [0, 0, 0], "image_std": [1, 1, 1]            | 224 | 224 | 0   | 0
            "size": {"shortest_edge": 256}, "do_normalize": false                   | 256 | 256 | 0   | 1
            "size": 256, "do_center_crop": true, "crop_size": {"height": 224, "width": 192} | 192 | 224 | 0 | 1
            """)
    void derive_preprocessorsOfManyKinds_areUnderstood(String said, int width, int height, double mean, int asked)
            throws IOException {
        detector("model.onnx", Map.of("names", "[\"a\", \"b\"]"));
        file("preprocessor_config.json", "{\"do_resize\": true, " + said + "}");
        Derivation derived = derive();
        InputSpec input = derived.manifest().spec().firstStage().input();

        assertEquals(new SizeRule.Fixed(new ImageSize(width, height)), input.size());
        assertEquals(mean, input.mean().getFirst());
        assertEquals(
                asked, derived.questions().size(), () -> derived.questions().toString());
    }

    @Test
    void derive_labelsThatTheExporterMadeUp_areAsked() throws IOException {
        detector("model.onnx", Map.of("id2label", "{\"0\": \"LABEL_0\", \"1\": \"LABEL_1\"}"));

        assertTrue(derive().questions()
                .getOrDefault("classes", "")
                .startsWith("metadata id2label: made up by the exporter"));
        assertEquals(Map.of(), without(derive("classes: [a, b]").questions(), "input"));
    }

    @Test
    void derive_timmBesideTheModel_givesClassesAndInput() throws IOException {
        detector("model.onnx", Map.of());
        file("config.json", """
                {"architecture": "resnet50", "num_classes": 2, "label_names": ["crop", "weed"], "pretrained_cfg":
                 {"input_size": [3, 288, 224], "mean": [0.5, 0.5, 0.5], "std": [0.2, 0.2, 0.2], "crop_pct": 0.95}}
                """);

        assertTrue(
                refusal().getMessage().startsWith("family: classification, as config.json num_classes of timm says"));
        Derivation derived = derive("family: ssd");
        InputSpec input = derived.manifest().spec().firstStage().input();
        assertEquals(new SizeRule.Fixed(new ImageSize(224, 288)), input.size());
        assertEquals(List.of(0.2, 0.2, 0.2), input.std());
        assertEquals(List.of("crop", "weed"), derived.manifest().spec().classes());
        assertEquals(InputSpec.Resize.CROP, input.resize());
        assertEquals(0.95, input.crop());
        assertEquals(Map.of(), derived.questions());
        assertEquals(
                1,
                derive("{family: ssd, input: {resize: stretch}}")
                        .manifest()
                        .spec()
                        .firstStage()
                        .input()
                        .crop());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "size": 256, "do_center_crop": true, "crop_size": 224                                        | 224 | 0.875
            "size": {"shortest_edge": 256}, "do_center_crop": true, "crop_size": {"height": 224, "width": 224} | 224 | 0.875
            "size": {"shortest_edge": 224}, "crop_pct": 0.875                                            | 224 | 0.875
            "size": {"shortest_edge": 384}, "crop_pct": 0.875                                            | 384 | 1
            """)
    void derive_preprocessorsThatCrop_showTheMiddle(String said, int side, double crop) throws IOException {
        detector("model.onnx", Map.of("names", "[\"a\", \"b\"]"));
        file("preprocessor_config.json", "{\"do_resize\": true, " + said + "}");
        Derivation derived = derive();
        InputSpec input = derived.manifest().spec().firstStage().input();

        assertEquals(new SizeRule.Fixed(new ImageSize(side, side)), input.size());
        assertEquals(crop, input.crop());
        assertEquals(crop < 1 ? InputSpec.Resize.CROP : InputSpec.Resize.STRETCH, input.resize());
        assertEquals(Map.of(), derived.questions());
    }

    @Test
    void derive_labelsOfWhichAnyMayHold_areToldByTheNotes() throws IOException {
        families.add(ModelFamilies.byId("classification").orElseThrow());
        model("model.onnx", Map.of(), 224, 224, value("logits", -1, 2));
        file("config.json", """
                {"architectures": ["ViTForImageClassification"], "model_type": "vit",
                 "problem_type": "multi_label_classification", "id2label": {"0": "wet", "1": "ripe"}}
                """);
        ModelSpec spec = derive().manifest().spec();

        assertEquals("classification", spec.family());
        assertEquals(Map.of("task", "multi-label", "gives", "logits"), spec.parameters());
        assertEquals(List.of("wet", "ripe"), spec.classes());
    }

    /// The names of groups are labels like those of classes.
    @Test
    void derive_groupsOfClasses_mayHaveThresholds() throws IOException {
        families.add(ModelFamilies.byId("classification").orElseThrow());
        model("model.onnx", Map.of("names", "['pet/cat', 'pet/dog']"), 224, 224, value("logits", -1, 2));

        assertEquals(
                0.9,
                derive("{parameters: {separator: /}, thresholds: {pet: 0.9}, ontology: {pet: Pet}}")
                        .manifest()
                        .spec()
                        .thresholds()
                        .of("pet"));
        assertTrue(refusal("{thresholds: {pet: 0.9}}").getMessage().startsWith("thresholds: no class is named pet"));
    }

    @Test
    void derive_cropThatNothingDoes_isRefused() throws IOException {
        detector("model.onnx", Map.of("names", "['a', 'b']"));

        assertEquals(
                "input.crop: resize is letterbox (expected: crop)",
                refusal("input: {resize: letterbox, crop: 0.9}").getMessage());
        assertEquals(
                0.9,
                derive("input: {resize: crop, crop: 0.9}")
                        .manifest()
                        .spec()
                        .firstStage()
                        .input()
                        .crop());
    }

    // --- Files of names

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            classes.txt   | crop\\nweed\\n                    | classes.txt
            names.txt     | crop\\nweed                       | names.txt
            labels.txt    | 0 crop\\n1 weed\\n                | labels.txt, without its numbers
            obj.names     | crop\\r\\nweed\\r\\n              | obj.names
            data.yaml     | path: x\\nnc: 2\\nnames: [crop, weed]\\n | data.yaml names
            data.yaml     | names:\\n  0: crop\\n  1: weed\\n | data.yaml names
            metadata.yaml | names: {0: crop, 1: weed}         | metadata.yaml names
            """)
    void derive_namesBesideTheModel_areTheClasses(String file, String text, String origin) throws IOException {
        detector("model.onnx", Map.of());
        file(file, text.replace("\\n", "\n").replace("\\r", "\r"));
        Derivation derived = derive();

        assertEquals(List.of("crop", "weed"), derived.manifest().spec().classes());
        assertEquals(origin, derived.origins().get("classes"));
        assertEquals(Map.of(), without(derived.questions(), "input"));
    }

    @Test
    void derive_namesInAFolderAround_areFoundAndNearerOnesFirst() throws IOException {
        detector("a/b/model.onnx", Map.of());
        file("classes.txt", "far\naway\n");
        assertEquals(List.of("far", "away"), derive().manifest().spec().classes());
        file("other/classes.txt", "not\nthis\n");
        file("a/classes.txt", "near\nby\n");

        assertEquals(List.of("near", "by"), derive().manifest().spec().classes());
    }

    @Test
    void derive_twoPlacesNameOtherClasses_theFileItselfWinsAndItIsAsked() throws IOException {
        detector("model.onnx", Map.of("names", "{0: 'crop', 1: 'weed'}"));
        file("classes.txt", "a\nb\n");
        Derivation derived = derive();

        assertEquals(List.of("crop", "weed"), derived.manifest().spec().classes());
        assertEquals(
                "the names of metadata names are taken, and classes.txt has others; add `classes: [...]` or"
                        + " `classes: FILE` to say which",
                derived.questions().get("classes"));
        assertEquals(Map.of(), without(derive("classes: classes.txt").questions(), "input"));
    }

    /// The number of classes is what the outputs say, whoever named them.
    @Test
    void derive_namesOfAnotherNumberThanTheOutputs_areRefusedWithTheirOrigin() throws IOException {
        detector("model.onnx", Map.of());
        file("classes.txt", "crop\nweed\nstone\n");

        assertEquals(
                "classes: 3 (expected: 2, one per column of the scores [1,50,2]); it comes from: classes.txt",
                refusal().getMessage());
        assertEquals("classes", refusal().field());
        assertTrue(refusal("classes: [a, b, c, d]").getMessage().startsWith("classes: 4 (expected: 2"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            config.json              | {"id2label": ["a", "b"], "id2label": ["c", "d"]} | no JSON
            config.json              | {} trailing                                     | no JSON
            preprocessor_config.json | [1]                                             | no mapping
            data.yaml                | names: *alias                                   | no plain YAML
            metadata.yaml            | text                                            | no mapping
            """)
    void derive_fileBesideThatIsNotWhatItsNameSays_isAQuestion(String file, String text, String problem)
            throws IOException {
        detector("model.onnx", Map.of("names", "['a', 'b']"));
        file(file, text);

        assertEquals(
                problem + ", so nothing was taken from it", derive().questions().get(file));
    }

    @Test
    void derive_notText_isAQuestion() throws IOException {
        detector("model.onnx", Map.of("names", "['a', 'b']"));
        bytes("labels.txt", new byte[] {(byte) 0xff, (byte) 0xfe, 0});

        assertEquals(
                "no text, so nothing was taken from it", derive().questions().get("labels.txt"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            imgsz | 'huge'                  | input.size
            imgsz | [0, 640]                | input.size
            imgsz | [99999999999, 640]      | input.size
            names | {0: {'a': 1}, 1: 'b'}   | classes
            names | {99999: 'a', 0: 'b'}    | classes
            names | {'a': 'b'}              | classes
            names | []                      | classes
            """)
    void derive_noteThatCannotBe_isAQuestion(String key, String text, String asked) throws IOException {
        Map<String, String> notes =
                new HashMap<>(Map.of("author", "Ultralytics", "names", "{0: 'a', 1: 'b'}", "imgsz", "[320, 320]"));
        notes.put(key, text);
        detector("model.onnx", notes);

        assertTrue(derive("family: ssd").questions().containsKey(asked));
    }

    @Test
    void derive_userSaysEverything_nothingIsAsked() throws IOException {
        detector("model.onnx", Map.of("names", "oops"));
        Derivation derived = derive(
                "{family: ssd, classes: [a, b], input: {size: [300, 300], scale: 1, color: BGR, resize: stretch}}");

        assertEquals(Map.of(), derived.questions());
        assertEquals("firstpass.yaml", derived.origins().get("classes"));
    }

    @Test
    void derive_familyOfTheFileThatIsNotThere_isRefusedByName() throws IOException {
        detector("model.onnx", Map.of("firstpass.family", "hexagons"));

        assertTrue(refusal().getMessage().startsWith("family: hexagons, as metadata firstpass.family says"));
    }

    private static Map<String, String> without(Map<String, String> questions, String start) {
        Map<String, String> rest = new TreeMap<>(questions);
        rest.keySet().removeIf(key -> key.startsWith(start));
        return rest;
    }
}
