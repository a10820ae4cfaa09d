package dev.firstpass.registry.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.family.ModelFamilies;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.spec.Thresholds;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.FakeFamily;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.Manifest.GoldenSample;
import dev.firstpass.registry.Manifest.StageFile;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.RegistryException.ManifestInvalid;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestDeriverTest {
    private static final String UNKNOWN_MODEL = """
            input pixels UINT8 1,224,320,3
            output scores FLOAT32 1,10
            """;

    @TempDir
    private Path directory;

    private final List<BundleFile> files = new ArrayList<>();
    private final ManifestDeriver deriver = new ManifestDeriver(
            List.of(FakeFamily.BOXES, new FakeFamily("masks", "masks", 0.5), new FakeFamily("shapes", "masks", 0.5)),
            FakeModel.reader());

    private void file(String path, String text) {
        FakeModel.write(directory.resolve(path), text);
        files.add(new BundleFile(path, "00".repeat(32), text.length()));
    }

    private Derivation derive(String... manifests) {
        List<ManifestDocument> given = new ArrayList<>();
        for (String manifest : manifests) {
            given.add(ManifestReaderTest.read(manifest));
        }
        return deriver.derive(directory, files, given);
    }

    private ManifestInvalid refusal(String... manifests) {
        return assertThrows(ManifestInvalid.class, () -> derive(manifests));
    }

    @Test
    void derive_recognisedModelAlone_needsNoLine() {
        file("model.onnx", FakeModel.DETECTOR);
        Derivation derived = derive();
        ModelSpec spec = derived.manifest().spec();

        assertEquals("boxes", spec.family());
        assertEquals(List.of("crop", "weed"), spec.classes());
        assertEquals(
                new SizeRule.Fixed(new ImageSize(480, 640)),
                spec.firstStage().input().size());
        assertEquals(InputSpec.ColorOrder.BGR, spec.firstStage().input().color());
        assertEquals(4, spec.firstStage().maxBatch());
        assertEquals(
                Map.of("main", new StageFile(EngineKind.ONNX, "model.onnx")),
                derived.manifest().stageFiles());
        assertEquals("the only model file", derived.origins().get("file"));
        assertEquals("metadata names", derived.origins().get("classes"));
        assertEquals("an input of rank 4", derived.origins().get("input.size"));
        assertEquals("the family boxes", derived.origins().get("nms.iou"));
        assertEquals(Map.of(), derived.questions());
    }

    @Test
    void derive_manifestGiven_winsKeyByKeyAndTheLaterOneMost() {
        file("model.onnx", FakeModel.DETECTOR);
        Derivation derived = derive(
                "{thresholds: {weed: 0.9}, input: {color: RGB}, classes: [a, weed]}",
                "{input: {padding: 7}, classes: [b, weed]}");
        ModelSpec spec = derived.manifest().spec();

        assertEquals(new Thresholds(0.3, Map.of("weed", 0.9)), spec.thresholds());
        assertEquals(List.of("b", "weed"), spec.classes());
        assertEquals(InputSpec.ColorOrder.RGB, spec.firstStage().input().color());
        assertEquals(7, spec.firstStage().input().padding());
        assertEquals(InputSpec.Resize.STRETCH, spec.firstStage().input().resize());
        assertEquals("firstpass.yaml", derived.origins().get("input.padding"));
    }

    @Test
    void derive_classesInAFile_areInlinedByLine() {
        file("model.onnx", FakeModel.DETECTOR);
        file("names.txt", "crop\r\n\n  weed  \nLöwenzahn\n\n");
        Derivation derived = derive("classes: names.txt");

        assertEquals(
                List.of("crop", "", "weed", "Löwenzahn"),
                derived.manifest().spec().classes());
        assertEquals("names.txt", derived.origins().get("classes"));
        assertTrue(refusal("classes: other.txt").getMessage().contains("a text file of the bundle"));
    }

    @Test
    void derive_classesInAFileWithAByteOrderMark_areInlinedWithoutIt() {
        file("model.onnx", FakeModel.DETECTOR);
        file("names.txt", "\uFEFFcrop\nweed\n");

        assertEquals(
                List.of("crop", "weed"),
                derive("classes: names.txt").manifest().spec().classes());
    }

    /// What the file says of itself must be sayable in a manifest, since only that is kept.
    @Test
    void derive_nameInTheModelThatNoManifestMayHave_isRefused() {
        file("model.onnx", FakeModel.DETECTOR.replace("images", "im\u0007ages"));
        assertEquals("input.name", refusal().field());
        FakeModel.write(directory.resolve("model.onnx"), FakeModel.DETECTOR.replace("crop,weed", "crop,we\u0007ed"));
        assertEquals("classes[1]", refusal().field());
    }

    @Test
    void derive_fileThatNoManifestMayName_isRefused() {
        file("model.onnx", FakeModel.DETECTOR);
        file("a\u200db.txt", "x");
        assertEquals("files[0].path", refusal().field());
    }

    @Test
    void derive_familyGivenButNotRecognised_usesTheSignatureAndDefaults() {
        file("model.onnx", UNKNOWN_MODEL);
        Derivation derived = derive("{family: boxes, classes: [a], input: {color: RGB}}");
        InputSpec input = derived.manifest().spec().firstStage().input();

        assertEquals("pixels", input.name());
        assertEquals(ElementType.UINT8, input.dtype());
        assertEquals(InputSpec.Layout.NHWC, input.layout());
        assertEquals(new SizeRule.Fixed(new ImageSize(320, 224)), input.size());
        assertEquals(1.0, input.scale());
        assertEquals(1, derived.manifest().spec().firstStage().maxBatch());
        assertEquals("the model's input", derived.origins().get("input.size"));
        assertEquals("default", derived.origins().get("input.resize"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {}                                             | family      | add the line `family: ID` with one of boxes, masks, shapes
            {family: boxes}                                | input.color | add the line `input: {color: RGB}`
            {family: box}                                  | family      | expected: one of boxes, masks, shapes
            """)
    void derive_essentialMissing_asksWithTheLineToAdd(String manifest, String field, String asked) {
        file("model.onnx", UNKNOWN_MODEL);
        ManifestInvalid refused = refusal(manifest);

        assertEquals(field, refused.field());
        assertTrue(refused.getMessage().contains(asked), refused.getMessage());
    }

    @Test
    void derive_familyMissesWhatItAskedFor_saysTheLineToAdd() {
        file("model.onnx", FakeModel.DETECTOR.replace("meta names crop,weed\n", ""));
        ManifestInvalid refused = refusal();

        assertEquals("classes", refused.field());
        assertTrue(refused.getMessage().contains("add the line `classes: [first, second]`"), refused.getMessage());
        assertEquals(Map.of(), derive("classes: [a]").questions());
    }

    @Test
    void derive_twoFamiliesAlike_asksWhich() {
        file("model.onnx", FakeModel.DETECTOR.replace("output boxes", "output masks"));

        assertTrue(refusal().getMessage().startsWith("family: masks or shapes? (add the line `family: masks`)"));
        assertEquals("shapes", derive("family: shapes").manifest().spec().family());
    }

    @Test
    void derive_noOrSeveralModelFiles_asksWhich() {
        file("readme.txt", "hello");
        assertTrue(refusal().getMessage().startsWith("file: no model file"));
        file("b.onnx", FakeModel.DETECTOR);
        file("a.onnx", FakeModel.DETECTOR);

        assertEquals(
                "file: which of a.onnx, b.onnx? (add the line `file: a.onnx`)",
                refusal().getMessage());
        assertEquals(
                "b.onnx",
                derive("file: b.onnx")
                        .manifest()
                        .stageFiles()
                        .values()
                        .iterator()
                        .next()
                        .file());
        assertTrue(refusal("file: c.onnx").getMessage().contains("a file of the bundle: readme.txt, b.onnx, a.onnx"));
    }

    @Test
    void derive_savedModel_isOfTheOtherEngine() {
        file("net/saved_model.pb", "x");

        ArtifactRejected refused = assertThrows(ArtifactRejected.class, () -> derive());
        assertEquals("engine: tensorflow (expected: onnx)", refused.getMessage());
    }

    @Test
    void derive_stages_areDerivedEachFromItsFile() {
        file("wake.onnx", "input x FLOAT32 -1,3,-1,-1\noutput map FLOAT32 -1,1,-1,-1\n");
        file("ship.onnx", "input y FLOAT32 1,3,48,320\noutput text FLOAT32 1,40,97\n");
        Derivation derived = derive("""
                family: boxes
                classes: [text]
                stages:
                  - name: wake
                    file: wake.onnx
                    input: {size: {shortest: 736, longest: 4000, multiple: 32}, color: BGR, scale: 0.5}
                  - {name: ship, file: ship.onnx, input: {color: RGB, scale: 1}}
                """);
        ModelSpec spec = derived.manifest().spec();

        assertEquals(
                List.of("wake", "ship"),
                spec.stages().stream().map(stage -> stage.name()).toList());
        assertEquals(
                new SizeRule.ShortestSide(736, 4000, 32),
                spec.stage("wake").input().size());
        assertEquals(
                new SizeRule.Fixed(new ImageSize(320, 48)),
                spec.stage("ship").input().size());
        assertEquals(16, spec.stage("wake").maxBatch());
        assertEquals(1, spec.stage("ship").maxBatch());
        assertEquals("the model's input", derived.origins().get("stages.ship.input.size"));
    }

    private static final String ENCODER = """
            input image FLOAT32 -1,3,1024,1024
            output embeddings FLOAT32 -1,256,64,64
            """;

    private static final String DECODER = """
            input image_embeddings FLOAT32 1,256,64,64
            input point_coords FLOAT32 1,-1,2
            input point_labels FLOAT32 1,-1
            input mask_input FLOAT32 1,1,256,256
            input has_mask_input FLOAT32 1
            input orig_im_size FLOAT32 2
            output masks FLOAT32 -1,-1,-1,-1
            output iou_predictions FLOAT32 -1,1
            output low_res_masks FLOAT32 -1,1,-1,-1
            """;

    private Derivation deriveStandard(String... manifests) {
        List<ManifestDocument> given = new ArrayList<>();
        for (String manifest : manifests) {
            given.add(ManifestReaderTest.read(manifest));
        }
        return new ManifestDeriver(ModelFamilies.STANDARD, FakeModel.reader()).derive(directory, files, given);
    }

    @Test
    void derive_filesThatAFamilyPutsTogether_needNoLine() {
        file("onnx/a.onnx", DECODER);
        file("onnx/b.onnx", ENCODER);
        Derivation derived = deriveStandard();
        ModelSpec spec = derived.manifest().spec();

        assertEquals("sam", spec.family());
        assertEquals(Map.of(), derived.questions());
        assertEquals(
                List.of("encoder", "decoder"),
                spec.stages().stream().map(stage -> stage.name()).toList());
        assertEquals(
                Map.of(
                        "encoder", new StageFile(EngineKind.ONNX, "onnx/b.onnx"),
                        "decoder", new StageFile(EngineKind.ONNX, "onnx/a.onnx")),
                derived.manifest().stageFiles());
        assertEquals(1, spec.firstStage().maxBatch());
        assertEquals(InputSpec.Resize.LONGEST_SIDE, spec.firstStage().input().resize());
        assertTrue(spec.stage("decoder").isMade());
        assertEquals("what the files take and give", derived.origins().get("stages.encoder.file"));
        assertEquals("the only model file", deriveOnly().get("file"));
    }

    /// Of one file nothing changes.
    private Map<String, String> deriveOnly() {
        files.clear();
        file("model.onnx", FakeModel.DETECTOR);
        return derive().origins();
    }

    @Test
    void derive_stagesNamedByTheUser_keepTheirNames_andAreWrittenAndReadAlike() {
        file("a.onnx", DECODER);
        file("b.onnx", ENCODER);
        Derivation derived = deriveStandard(
                "{family: sam, classes: [leaf], stages: [{name: see, file: b.onnx}, {name: point, file: a.onnx}]}");
        Manifest manifest = derived.manifest();

        assertEquals(
                List.of("see", "point"),
                manifest.spec().stages().stream().map(stage -> stage.name()).toList());
        assertTrue(manifest.spec().stage("point").isMade());
        assertEquals(List.of("leaf"), manifest.spec().classes());
        assertEquals(manifest, ManifestReader.readCanonical(ManifestWriter.canonical(manifest)));
        Derivation again = deriveStandard(ManifestWriter.annotated(derived));
        assertEquals(ManifestWriter.digest(manifest), ManifestWriter.digest(again.manifest()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            stages: [{name: a, file: a.onnx}, {name: b, file: b.onnx}] | stages
            stages: [{name: b, file: b.onnx}, {name: a, file: a.onnx, input: {padding: 3}}] | stages.a.input.padding
            stages: [{name: b, file: b.onnx}, {name: a, file: a.onnx, batching: {max: 2}}] | stages.a.batching
            stages: [{name: b, file: b.onnx, input: {resize: stretch}}, {name: a, file: a.onnx}] | stages.b.input.resize
            """)
    void derive_stagesThatDoNotFit_areRefused(String stages, String field) {
        file("a.onnx", DECODER);
        file("b.onnx", ENCODER);
        ManifestInvalid refused =
                assertThrows(ManifestInvalid.class, () -> deriveStandard("{family: sam, " + stages + "}"));
        assertEquals(field, refused.field(), refused::getMessage);
    }

    @Test
    void derive_decoderThatIsNone_isRefused() {
        file("b.onnx", ENCODER);
        ManifestInvalid refused = assertThrows(ManifestInvalid.class, () -> deriveStandard("""
                family: sam
                stages:
                  - {name: b, file: b.onnx, input: {color: RGB, scale: 1, resize: longest-side}}
                  - {name: a, file: b.onnx, input: {source: tensors}}
                """));
        assertEquals("stages.a.file", refused.field(), refused::getMessage);
    }

    @Test
    void derive_filesThatNobodyPutsTogether_areAskedFor() {
        file("a.onnx", ENCODER);
        file("b.onnx", ENCODER);
        ManifestInvalid refused = assertThrows(ManifestInvalid.class, () -> deriveStandard());
        assertEquals("file", refused.field());
    }

    @Test
    void derive_stagesThatLackSomething_asksByStage() {
        file("a.onnx", FakeModel.DETECTOR);
        ManifestInvalid refused =
                refusal("{family: boxes, stages: [{name: a, file: a.onnx}, {name: b, file: a.onnx}]}");

        assertEquals("stages.a.input.color", refused.field());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            input: {name: image}                     | input.name   | image (expected: one of images)
            input: {dtype: uint8}                    | input.dtype  | uint8 (expected: float32, as the model says)
            input: {size: [640, 640]}                | input.size   | width 640 (expected: 480, as the model says)
            input: {size: [480, 480]}                | input.size   | height 480 (expected: 640, as the model says)
            input: {layout: NHWC}                    | input.layout | channels 3 (expected: 480, as the model says)
            input: {mean: [0, 0]}                    | input        | mean and std: 2 and 3 values (expected: one per channel)
            input: {std: [1, 0, 1]}                  | input        | std: 0.0 (expected: > 0)
            input: {size: {shortest: 9, longest: 8, multiple: 1}} | input.size | shortest side: 9, 8, 1
            input: {size: {shortest: 9, longest: 8}} | input.size.multiple | missing
            input: {size: {sides: [9, 8]}} | input.size.sides | shorter side: 9, 8
            input: {size: {sides: [9, 18], multiple: 1}} | input.size.sides | beside other rules
            outputs: {boxes: box}                    | outputs.boxes | box (expected: one of boxes)
            thresholds: {wed: 0.5}                   | thresholds   | no class is named wed (the nearest is 'weed')
            ontology: {crops: x}                     | ontology     | no class is named crops (the nearest is 'crop')
            golden: [{image: a.jpg, expect: a.json}] | golden.image | a.jpg (expected: a file of the bundle)
            golden: [{image: model.onnx}]            | golden.expect | missing
            """)
    void derive_contradiction_isRefused(String manifest, String field, String complaint) {
        file("model.onnx", FakeModel.DETECTOR);
        ManifestInvalid refused = refusal(manifest);

        assertTrue(refused.getMessage().contains(complaint), refused.getMessage());
        assertTrue(refused.field().startsWith(field), refused.field());
    }

    /// Numbers and lists as text, since only the family knows what they are.
    @Test
    void derive_parameters_areLaidOverThoseOfTheFileOneByOne() {
        file("model.onnx", FakeModel.DETECTOR + "meta strides 4,8\n");

        Derivation recognised = derive();
        assertEquals(Map.of("strides", "4,8"), recognised.manifest().spec().parameters());
        assertEquals("metadata strides", recognised.origins().get("parameters.strides"));
        assertTrue(ManifestWriter.annotated(recognised).contains("strides: \"4,8\""), "shown with the rest");

        Derivation given = derive("parameters: {anchors: 5}");
        assertEquals(
                Map.of("strides", "4,8", "anchors", "5"),
                given.manifest().spec().parameters());
        assertEquals("firstpass.yaml", given.origins().get("parameters.anchors"));

        Derivation over = derive("parameters: {anchors: 5, strides: 1}", "parameters: {strides: [16, 0.5, x y, true]}");
        assertEquals(
                Map.of("strides", "16,0.5,x y,true", "anchors", "5"),
                over.manifest().spec().parameters());
    }

    @Test
    void derive_parameterUnknownOrUnreadable_isRefusedByItsName() {
        file("model.onnx", FakeModel.DETECTOR);
        ManifestInvalid unknown = refusal("parameters: {anchor: 5}");
        assertEquals("parameters.anchor", unknown.field());
        assertEquals(
                "parameters.anchor: no parameter of the family boxes (the nearest known one is 'anchors');"
                        + " it comes from: firstpass.yaml",
                unknown.getMessage());

        ManifestInvalid unreadable = refusal("parameters: {anchors: many}");
        assertEquals("parameters.anchors", unreadable.field());
        assertEquals(
                "parameters.anchors: many (expected: 1 to 9) for the family boxes; it comes from: firstpass.yaml",
                unreadable.getMessage());
    }

    @Test
    void derive_listThatIsTooLongWithItsCommas_isRefused() {
        file("model.onnx", FakeModel.DETECTOR);
        String item = "a".repeat(16_384);
        assertEquals(
                "parameters.strides",
                refusal("parameters: {strides: [" + item + ", " + item + "]}").field());
    }

    @Test
    void derive_parameterInTheModelThatNoManifestMayHave_isRefused() {
        file("model.onnx", FakeModel.DETECTOR + "meta strides 4\u0007\n");
        assertEquals("parameters.strides", refusal().field());
    }

    @Test
    void derive_batchAboveTheModelsFixedOne_isRefused() {
        file("model.onnx", FakeModel.DETECTOR.replace("-1,3", "1,3"));

        assertTrue(refusal("batching: {max: 8}").getMessage().contains("at most 1, the model's fixed batch"));
        assertEquals(
                1, derive("batching: {max: 1}").manifest().spec().firstStage().maxBatch());
    }

    @Test
    void derive_golden_isKept() {
        file("model.onnx", FakeModel.DETECTOR);
        file("a.jpg", "x");
        file("a.json", "{}");

        assertEquals(
                List.of(new GoldenSample("a.jpg", "a.json", 0.9, 0.05)),
                derive("golden: [{image: a.jpg, expect: a.json}]").manifest().golden());
    }
}
