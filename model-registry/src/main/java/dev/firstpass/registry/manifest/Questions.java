package dev.firstpass.registry.manifest;

import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.LinkedHashMap;
import java.util.Map;

/// What to ask, and which line to add, for each key that must be known and that nothing tells.
///
/// Pure.
final class Questions {
    private Questions() {}

    /// @param asked questions of the family, which win
    static Map<String, String> of(Map<String, ModelSignature> signatures, String familyIds, Map<String, String> asked) {
        Map<String, String> questions = new LinkedHashMap<>();
        questions.put(
                "family",
                "which family reads the outputs? (none recognises them; add the line `family: ID` with one of "
                        + familyIds + ")");
        signatures.forEach((stage, signature) -> addInput(questions, stage, signature));
        questions.putAll(asked);
        return questions;
    }

    private static void addInput(Map<String, String> questions, String stage, ModelSignature signature) {
        String inputs =
                Shown.list(signature.rowInputs().stream().map(TensorInfo::name).toList());
        add(questions, stage, "name", "which input takes the image, one of " + inputs + "?", "images");
        add(questions, stage, "size", "to which width and height is the image brought?", "[640, 640]");
        add(questions, stage, "layout", "are the channels first (NCHW) or last (NHWC)?", "NCHW");
        add(questions, stage, "dtype", "of which element type is the input?", "float32");
        add(questions, stage, "color", "in which order are the channels, RGB or BGR?", "RGB");
        add(questions, stage, "scale", "what is a pixel of 0..255 multiplied by?", "0.00392156862745098");
    }

    private static void add(Map<String, String> questions, String stage, String key, String question, String example) {
        questions.put(
                ManifestKey.stage(stage, "input", key).toString(),
                question + " (add the line `input: {" + key + ": " + example + "}`)");
    }
}
