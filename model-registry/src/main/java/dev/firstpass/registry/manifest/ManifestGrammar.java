package dev.firstpass.registry.manifest;

import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.registry.EngineKind;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// Every key that a manifest may have, and what may stand there: the one place that says so.
///
/// Immutable.
final class ManifestGrammar {
    static final int MOST_CLASSES = 50_000;
    static final int MOST_BATCH = 1024;
    static final int MOST_STAGES = 8;
    static final int MOST_FILES = 10_000;

    private static final int MOST_MILLIS = 3_600_000;
    private static final int MOST_QUEUE = 1_000_000;
    private static final int MOST_PIXELS_A_SIDE = 16_384;

    static final Schema LABEL = new Schema.Text(
            Pattern.compile("[^\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}]+"),
            256,
            "1 to 256 characters without control characters; quote what is no text");

    /// A label, or nothing for an index that stands for no class (COCO's category ids have such gaps).
    static final Schema CLASS = new Schema.Text(
            Pattern.compile("[^\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}]*"),
            256,
            "at most 256 characters without control characters, '' for a gap; quote what is no text");
    private static final Schema TENSOR =
            new Schema.Text(Pattern.compile("[^\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}]+"), 256, "a tensor's name");
    private static final Schema FAMILY =
            new Schema.Text(Pattern.compile("[a-z0-9-]+"), 64, "a family's id, as `firstpass families` lists them");
    private static final Schema STAGE = new Schema.Text(Pattern.compile("[a-z][a-z0-9_-]*"), 32, "a stage's name: a-z");

    /// A relative path with forward slashes and no `..`; `.` alone is the bundle itself.
    static final Schema FILE = new Schema.Text(
            Pattern.compile(
                    "\\.|(?!\\.\\.?(/|$))[^/\\\\\\p{C}\\p{Zl}\\p{Zp}]+(/(?!\\.\\.?(/|$))[^/\\\\\\p{C}\\p{Zl}\\p{Zp}]+)*"),
            1024,
            "the path of a file in the bundle, without '..'");

    static final int MOST_PARAMETERS = 64;

    /// Longest value of a parameter, that of a list with its commas.
    static final int LONGEST_PARAMETER = 32_768;

    private static final Schema PARAMETER =
            new Schema.Text(Pattern.compile("[A-Za-z][A-Za-z0-9-]*"), 64, "a parameter's name: letters, digits, -");

    private static final Schema PARAMETER_VALUE = new Schema.ListOr(
            new Schema.Items(
                    new Schema.Scalar(
                            Pattern.compile("[^,\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}]+"),
                            LONGEST_PARAMETER,
                            "a number, or text without a comma and without control characters"),
                    1,
                    1000),
            new Schema.Scalar(
                    Pattern.compile("[^\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}]+"),
                    LONGEST_PARAMETER,
                    "a number, or 1 to " + LONGEST_PARAMETER + " characters without control characters; or a list"));

    private static final Schema SIDE = new Schema.Whole(1, MOST_PIXELS_A_SIDE);
    private static final Schema UNIT = new Schema.Real(0, 1);
    private static final Schema ENGINE = new Schema.Choice(
            Arrays.stream(EngineKind.values()).map(EngineKind::id).toList());
    private static final Schema OUTPUTS = new Schema.Named(LABEL, TENSOR, 64);
    private static final Schema MILLIS = new Schema.Whole(1, MOST_MILLIS);
    private static final Schema SHARE = new Schema.Real(0.001, 1);
    private static final Schema BATCHING = keys(
            "max",
            new Schema.Whole(1, MOST_BATCH),
            "interactiveMillis",
            MILLIS,
            "bulkMillis",
            MILLIS,
            "limitMillis",
            MILLIS,
            "quantumMillis",
            MILLIS,
            "bulkShare",
            SHARE,
            "leastGain",
            SHARE,
            "queue",
            new Schema.Whole(1, MOST_QUEUE));

    /// What `dtype` may say: the types that pixels can be turned into, in the order of the page that lists them.
    static final List<ElementType> PIXEL_TYPES = List.of(
            ElementType.FLOAT32,
            ElementType.FLOAT16,
            ElementType.FLOAT64,
            ElementType.UINT8,
            ElementType.INT8,
            ElementType.INT16,
            ElementType.INT32,
            ElementType.INT64,
            ElementType.BOOL);

    /// Where the rows of a stage come from, where that is not the asset's pixels.
    static final String TENSORS = "tensors";

    private static final Schema INPUT = keys(
            "source",
            new Schema.Choice(List.of("pixels", TENSORS)),
            "name",
            TENSOR,
            "size",
            new Schema.ListOr(
                    new Schema.Items(SIDE, 2, 2),
                    keys(
                            "shortest", SIDE,
                            "longest", SIDE,
                            "multiple", SIDE,
                            "height", SIDE,
                            "ladder", new Schema.Items(SIDE, 1, 2),
                            "sides", new Schema.Items(SIDE, 2, 2))),
            "resize",
            words(InputSpec.Resize.values()),
            "crop",
            new Schema.Real(0.5, 1),
            "sampling",
            words(InputSpec.Sampling.values()),
            "padding",
            new Schema.Whole(0, 255),
            "color",
            constants(InputSpec.ColorOrder.values()),
            "layout",
            constants(InputSpec.Layout.values()),
            "dtype",
            words(PIXEL_TYPES.toArray(ElementType[]::new)),
            "scale",
            new Schema.Real(-1e9, 1e9),
            "mean",
            new Schema.Items(new Schema.Real(-1e9, 1e9), 1, 64),
            "std",
            new Schema.Items(new Schema.Real(-1e9, 1e9), 1, 64),
            "range",
            words(InputSpec.Range.values()),
            "reducedDecode",
            new Schema.Flag());

    private static final Schema STAGES = new Schema.Items(
            keys(
                    "name", STAGE,
                    "engine", ENGINE,
                    "file", FILE,
                    "input", INPUT,
                    "outputs", OUTPUTS,
                    "batching", BATCHING),
            1,
            MOST_STAGES);

    private static final Schema GOLDEN =
            new Schema.Items(keys("image", FILE, "expect", FILE, "iou", UNIT, "score", UNIT), 0, 1000);

    /// What users write.
    static final Schema.Keys GIVEN = keys(
            "engine", ENGINE,
            "file", FILE,
            "family", FAMILY,
            "input", INPUT,
            "outputs", OUTPUTS,
            "classes", new Schema.ListOr(new Schema.Items(CLASS, 0, MOST_CLASSES), FILE),
            "thresholds", new Schema.Named(LABEL, UNIT, MOST_CLASSES),
            "nms",
                    keys(
                            "iou", UNIT,
                            "perClass", new Schema.Flag(),
                            "limit", new Schema.Whole(1, 1_000_000)),
            "batching", BATCHING,
            "ontology", new Schema.Named(LABEL, LABEL, MOST_CLASSES),
            "parameters", new Schema.Named(PARAMETER, PARAMETER_VALUE, MOST_PARAMETERS),
            "golden", GOLDEN,
            "stages", STAGES);

    /// What the registry keeps: the same, and the files.
    static final Schema.Keys KEPT = with(
            GIVEN,
            "files",
            new Schema.Items(
                    keys(
                            "path", FILE,
                            "sha256", new Schema.Text(Pattern.compile("[0-9a-f]{64}"), 64, "64 hex digits"),
                            "bytes", new Schema.Whole(0, Long.MAX_VALUE)),
                    1,
                    MOST_FILES));

    private ManifestGrammar() {}

    /// How a constant of an enum is written: `letterbox-top-left`.
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static Schema words(Enum<?>[] constants) {
        return new Schema.Choice(
                Arrays.stream(constants).map(ManifestGrammar::word).toList());
    }

    private static Schema constants(Enum<?>[] constants) {
        return new Schema.Choice(Arrays.stream(constants).map(Enum::name).toList());
    }

    static Schema.Keys keys(Object... keysAndSchemas) {
        Map<String, Schema> keys = new LinkedHashMap<>();
        for (int i = 0; i < keysAndSchemas.length; i += 2) {
            keys.put((String) keysAndSchemas[i], (Schema) keysAndSchemas[i + 1]);
        }
        return new Schema.Keys(keys);
    }

    private static Schema.Keys with(Schema.Keys keys, String name, Schema schema) {
        Map<String, Schema> all = new LinkedHashMap<>(keys.keys());
        all.put(name, schema);
        return new Schema.Keys(all);
    }

    /// The stage keys that the short form has at the top.
    static final List<String> STAGE_KEYS = List.of("engine", "file", "input", "outputs");
}
