package dev.firstpass.server.validation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.format.FirstpassReader;
import java.util.ArrayList;
import java.util.List;

/// The annotations of an answer in the `firstpass` format, as a report keeps them and back.
///
/// Pure functions.
final class GoldenLabels {
    private static final JsonMapper JSON = new JsonMapper();

    private GoldenLabels() {}

    /// @param answer one, in the `firstpass` format
    static String annotations(String answer) {
        return parsed(answer).path("annotations").toString();
    }

    /// @throws IllegalArgumentException if they are not in the `firstpass` format
    static List<Annotation> read(String annotations) {
        List<Annotation> read = new ArrayList<>();
        parsed(annotations).forEach(one -> read.add(FirstpassReader.annotation(one, read.size())));
        return read;
    }

    private static JsonNode parsed(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("labels: not JSON", e);
        }
    }
}
