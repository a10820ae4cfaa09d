package dev.firstpass.registry.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.registry.RegistryException.ManifestInvalid;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ManifestReaderTest {
    /// The example of the interface's description, whole.
    private static final String EXAMPLE = """
            engine: onnx                # onnx | tensorflow
            file: model.onnx            # or a SavedModel directory
            family: yolo                # firstpass families
            input:  {name: images, size: [640, 640], resize: letterbox, color: RGB, layout: NCHW, dtype: float32, \
            scale: 0.00392156862745098, mean: [0, 0, 0], std: [1, 1, 1]}
            outputs: {boxes: output0}   # only where names do not tell
            classes: [crop, weed]       # or classes: names.txt
            thresholds: {default: 0.25, weed: 0.4}
            nms: {iou: 0.45, perClass: true}
            batching: {max: 16}
            ontology: {crop: Crop Plant}
            golden: [{image: golden/a.jpg, expect: golden/a.json, iou: 0.9, score: 0.05}]
            """;

    static ManifestDocument read(String yaml) {
        return ManifestReader.read(yaml.getBytes(StandardCharsets.UTF_8), "firstpass.yaml");
    }

    private static ManifestInvalid refusal(String yaml) {
        return assertThrows(ManifestInvalid.class, () -> read(yaml), yaml);
    }

    private static String text(ManifestDocument document, ManifestKey key) {
        return document.get(key).map(JsonNode::toString).orElse("missing");
    }

    @Test
    void read_exampleOfTheInterface_givesEveryValue() {
        ManifestDocument document = read(EXAMPLE);

        assertEquals(List.of("main"), document.stages());
        assertEquals("\"model.onnx\"", text(document, ManifestKey.stage("main", "file")));
        assertEquals("[640,640]", text(document, ManifestKey.stage("main", "input", "size")));
        assertEquals("0.00392156862745098", text(document, ManifestKey.stage("main", "input", "scale")));
        assertEquals("\"output0\"", text(document, ManifestKey.stage("main", "outputs", "boxes")));
        assertEquals("16", text(document, ManifestKey.stage("main", "batching", "max")));
        assertEquals("0.4", text(document, ManifestKey.of("thresholds", "weed")));
        assertEquals("\"Crop Plant\"", text(document, ManifestKey.of("ontology", "crop")));
        assertEquals("firstpass.yaml", document.origins().get("input.size"));
    }

    @Test
    void read_emptyOrCommentsOnly_saysNothing() {
        assertEquals(ManifestDocument.EMPTY, read(""));
        assertEquals(ManifestDocument.EMPTY, read("# nothing yet\n"));
        assertEquals(ManifestDocument.EMPTY, read("---\n"));
    }

    @Test
    void read_listOfStages_keepsTheirOrderAndNames() {
        ManifestDocument document = read("""
                family: text-regions
                stages:
                  - {name: wake, file: a.onnx, input: {size: {shortest: 736, longest: 4000, multiple: 32}}}
                  - {name: ship, file: b.onnx, batching: {max: 2}}
                """);

        assertEquals(List.of("wake", "ship"), document.stages());
        assertEquals("2", text(document, ManifestKey.stage("ship", "batching", "max")));
        assertTrue(document.origins().containsKey("stages.wake.input.size"));
    }

    static Stream<List<String>> everyKnownKey() {
        List<List<String>> paths = new ArrayList<>();
        collect(List.of(), ManifestGrammar.GIVEN, paths);
        return paths.stream();
    }

    private static void collect(List<String> above, Schema schema, List<List<String>> paths) {
        switch (schema) {
            case Schema.Keys(Map<String, Schema> keys) ->
                keys.forEach((key, below) -> {
                    List<String> path = new ArrayList<>(above);
                    path.add(key);
                    paths.add(path);
                    collect(path, below, paths);
                });
            case Schema.Items items -> {
                List<String> path = new ArrayList<>(above);
                path.add("[]");
                collect(path, items.item(), paths);
            }
            case Schema.ListOr either -> collect(above, either.other(), paths);
            case Schema.Named _,
                    Schema.Text _,
                    Schema.Scalar _,
                    Schema.Choice _,
                    Schema.Whole _,
                    Schema.Real _,
                    Schema.Flag _ -> {}
        }
    }

    @Test
    void grammar_hasTheKeysOfTheInterface() {
        List<String> names = everyKnownKey().map(path -> String.join(".", path)).toList();

        assertEquals(84, names.size(), names::toString);
        assertTrue(names.containsAll(List.of(
                "engine",
                "file",
                "family",
                "input.size",
                "outputs",
                "classes",
                "thresholds",
                "nms.perClass",
                "batching.max",
                "ontology",
                "parameters",
                "golden.[].expect",
                "stages.[].input.std")));
    }

    /// A slip in any key, at any depth, is found and mended.
    @ParameterizedTest
    @MethodSource("everyKnownKey")
    void read_keyMistyped_namesItAndTheRightOne(List<String> path) {
        String right = path.getLast();
        String wrong = right + "s_";
        ManifestInvalid refused = refusal(yaml(path.subList(0, path.size() - 1), wrong));

        assertTrue(refused.getMessage().contains(wrong + ": unknown key"), refused.getMessage());
        assertTrue(refused.getMessage().endsWith("'" + right + "')"), refused.getMessage());
        assertTrue(refused.field().endsWith(wrong), refused.field());
    }

    private static String yaml(List<String> above, String key) {
        String text = "{" + key + ": 1}";
        for (String part : above.reversed()) {
            text = part.equals("[]") ? "[" + text + "]" : "{" + part + ": " + text + "}";
        }
        return text;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', textBlock = """
            engine: pytorch                        | engine       | 'pytorch'        | one of onnx, tensorflow
            engine: [onnx]                         | engine       | a list of 1      | one of onnx, tensorflow
            file: ../model.onnx                    | file         | '../model.onnx'  | without '..'
            file: /etc/passwd                      | file         | '/etc/passwd'    | without '..'
            file: a/../../b                        | file         | 'a/../../b'      | without '..'
            file: 'a\\b'                           | file         | 'a\\b'           | without '..'
            file: "a\\u2028b"                        | file         | 'a?b'            | without '..'
            file: true                             | file         | true             | the path of a file
            family: YOLO                           | family       | 'YOLO'           | firstpass families
            input: images                          | input        | 'images'         | a mapping with the keys
            input: {size: 640}                     | input.size   | 640              | a mapping with the keys shortest
            input: {size: [640]}                   | input.size   | a list of 1      | a list of 2 to 2
            input: {size: [640, 0]}                | input.size[1] | 0               | from 1 to 16384
            input: {size: [640, 1.5]}              | input.size[1] | 1.5             | a whole number
            input: {source: image}                 | input.source | 'image'          | pixels, tensors
            input: {resize: fit}                   | input.resize | 'fit'            | letterbox, letterbox-top-left, longest-side, stretch, crop
            input: {crop: 0.4}                     | input.crop   | 0.4              | from 0.5 to 1
            input: {sampling: cubic}               | input.sampling | 'cubic'        | half-pixel, asymmetric
            input: {reducedDecode: 2}              | input.reducedDecode | 2         | true or false
            input: {padding: 256}                  | input.padding | 256             | from 0 to 255
            input: {color: rgb}                    | input.color  | 'rgb'            | RGB, BGR, GRAY
            input: {layout: CHW}                   | input.layout | 'CHW'            | NCHW, NHWC
            input: {dtype: float}                  | input.dtype  | 'float'          | float32
            input: {scale: nan}                    | input.scale  | 'nan'            | a number
            input: {scale: 1e99}                   | input.scale  | 1.0E99           | a number
            input: {scale: '1'}                    | input.scale  | '1'              | a number
            input: {mean: []}                      | input.mean   | a list of 0      | a list of 1
            outputs: [a]                           | outputs      | a list of 1      | a mapping
            classes: [a, true]                     | classes[1]   | true             | quote what is no text
            classes: [a, ~]                        | classes[1]   | nothing          | quote what is no text
            ontology: {a: ''}                      | ontology.a   | ''               | 1 to 256 characters
            family: ''                             | family       | ''               | a family's id
            thresholds: {default: 1.5}             | thresholds.default | 1.5        | from 0.0 to 1.0
            thresholds: 0.5                        | thresholds   | 0.5              | a mapping
            nms: {perClass: 1}                     | nms.perClass | 1                | true or false
            nms: {limit: 0}                        | nms.limit    | 0                | from 1
            batching: {max: 0}                     | batching.max | 0                | from 1 to 1024
            batching: {max: 99999999999999999999}  | batching.max | 99999999999999999999 | from 1 to 1024
            ontology: {a: [b]}                     | ontology.a   | a list of 1      | 1 to 256 characters
            parameters: {a: ''}                    | parameters.a | ''               | 1 to 32768 characters
            parameters: {a: {b: c}}                | parameters.a | a mapping        | a number
            parameters: {a: ~}                     | parameters.a | nothing          | a number
            parameters: {a: 1e999}                 | parameters.a | Infinity         | a number
            parameters: {a: []}                    | parameters.a | a list of 0      | a list of 1 to 1000
            parameters: {a: [b, 'c,d']}            | parameters.a[1] | 'c,d'         | text without a comma
            parameters: {a: [b, [c]]}              | parameters.a[1] | a list of 1   | text without a comma
            parameters: {a: "b\\u0007"}            | parameters.a | 'b?'             | without control characters
            parameters: {1a: b}                    | parameters   | '1a'             | a parameter's name
            parameters: [a]                        | parameters   | a list of 1      | a mapping
            golden: [{iou: 2}]                     | golden[0].iou | 2               | from 0.0 to 1.0
            stages: []                             | stages       | a list of 0      | a list of 1 to 8
            stages: [{name: A}]                    | stages[0].name | 'A'            | a stage's name
            """)
    void read_valueWrong_namesFieldValueAndWhatWasExpected(String yaml, String field, String value, String expected) {
        ManifestInvalid refused = refusal(yaml);

        assertEquals(field, refused.field());
        assertTrue(refused.getMessage().startsWith(field + ": " + value + " (expected: "), refused.getMessage());
        assertTrue(refused.getMessage().contains(expected), refused.getMessage());
    }

    @Test
    void read_stagesOddlyNamed_isRefused() {
        assertTrue(refusal("stages: [{file: a.onnx}]").getMessage().contains("without a name"));
        assertTrue(refusal("stages: [{name: a}, {name: a}]").getMessage().contains("two are named a"));
        assertEquals("file", refusal("{file: a.onnx, stages: [{name: a}]}").field());
    }

    @Test
    void read_classNamedNoOrZero_isText() {
        ManifestDocument document = read("classes: [no, off, 0, 'true']");

        assertEquals("[\"no\",\"off\",0,\"true\"]", text(document, ManifestKey.of("classes")));
    }

    @Test
    void read_classesWithAGap_keepTheirIndices() {
        assertEquals(
                "[\"person\",\"\",\"bicycle\"]",
                text(read("classes: [person, '', bicycle]"), ManifestKey.of("classes")));
    }

    @Test
    void read_noYaml_saysTheLine() {
        assertTrue(refusal("family: ok\nfile: {").getMessage().contains("line 2"));
        assertTrue(refusal("a\tb:\n\t- c").getMessage().startsWith("manifest: "));
        assertTrue(refusal("just words").getMessage().contains("a mapping with the keys"));
    }

    @Test
    void read_keyTwice_isRefused() {
        assertTrue(refusal("family: a\nfamily: b\n").getMessage().contains("line 2"));
    }

    @Test
    void read_twoDocuments_isRefused() {
        assertTrue(refusal("family: a\n---\nfamily: b\n").getMessage().contains("several documents"));
    }

    @Test
    void read_alias_isRefused() {
        assertTrue(refusal("input: {mean: &m [0, 0, 0], std: *m}").getMessage().contains("alias at line 1"));
        assertEquals("<<", refusal("{<<: {family: a}}").field());
    }

    @Test
    void read_tooDeepOrTooBigOrNotUtf8_isRefused() {
        refusal("input: {scale: .nan}");
        refusal("[".repeat(5_000) + "]".repeat(5_000));
        refusal("{a: ".repeat(40) + "1" + "}".repeat(40));
        byte[] big = "#".repeat(ManifestReader.MOST_BYTES + 1).getBytes(StandardCharsets.UTF_8);
        assertThrows(ManifestInvalid.class, () -> ManifestReader.read(big, ""));
        assertThrows(ManifestInvalid.class, () -> ManifestReader.read(new byte[] {'a', (byte) 0xC0, (byte) 0xAF}, ""));
    }

    @Test
    void refusal_ofAHostileValue_staysShortAndOnOneLine() {
        ManifestInvalid refused = refusal("family: \"" + "x\\n\\u0007\\u2028".repeat(100) + "\"");

        assertTrue(refused.getMessage().length() < 200, refused.getMessage());
        assertFalse(refused.getMessage().chars().anyMatch(Character::isISOControl));
        assertFalse(refused.getMessage().contains("\u2028"));
    }
}
