package dev.firstpass.postprocess.evaluation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.format.FirstpassReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Reads the labels that an image is known to have from an answer in the `firstpass` format, or from what people wrote in
/// it: only `annotations` is needed, and of each its `type`, `label` and geometry.
///
/// Pure functions. What is read may be hostile.
public final class References {
    /// Which keep the comparison with as many findings short.
    static final int MOST = 1000;

    private static final JsonMapper JSON = new JsonMapper();

    private References() {}

    /// @throws IllegalArgumentException with what was expected, if it is not in that format
    public static List<Reference> read(byte[] json) {
        JsonNode root;
        try {
            root = JSON.readTree(json);
        } catch (IOException e) {
            throw new IllegalArgumentException("not JSON (expected: an answer in the firstpass format)", e);
        }
        JsonNode annotations = root.path("annotations");
        if (!annotations.isArray()) {
            throw new IllegalArgumentException("annotations: none (expected: a list, as in the firstpass format)");
        }
        if (annotations.size() > MOST) {
            throw new IllegalArgumentException(
                    "annotations: " + annotations.size() + " (expected: at most " + MOST + ")");
        }
        List<Reference> references = new ArrayList<>();
        for (JsonNode annotation : annotations) {
            references.add(new Reference(
                    FirstpassReader.annotation(annotation, references.size()), annotation.hasNonNull("score")));
        }
        return references;
    }
}
