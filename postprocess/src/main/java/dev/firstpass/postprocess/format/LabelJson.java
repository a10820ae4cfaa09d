package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.geometry.Point;
import java.util.LinkedHashMap;
import java.util.Map;

/// Values that people's JSON files hold, checked: a message names the field, what is there and what was expected.
///
/// Pure functions.
final class LabelJson {
    private LabelJson() {}

    /// @throws IllegalArgumentException if it is no finite number
    static double number(JsonNode json, String field) {
        if (!json.isNumber() || !Double.isFinite(json.asDouble())) {
            throw new IllegalArgumentException(field + ": " + shown(json) + " (expected: a number)");
        }
        return json.asDouble();
    }

    /// The number in `json` that is called `field`.
    static double numberOf(JsonNode json, String field) {
        return number(json.path(field), field);
    }

    /// `{"x": ..., "y": ...}`.
    static Point point(JsonNode json) {
        return new Point(numberOf(json, "x"), numberOf(json, "y"));
    }

    /// In 0..1; 1 where `json` is absent or null.
    ///
    /// @throws IllegalArgumentException if it is something else
    static double score(JsonNode json, String field) {
        if (json.isMissingNode() || json.isNull()) {
            return 1;
        }
        double score = number(json, field);
        if (!(score >= 0 && score <= 1)) {
            throw new IllegalArgumentException(field + ": " + score + " (expected: 0..1)");
        }
        return score;
    }

    /// The members of an object, as text; none where it is something else.
    static Map<String, String> attributes(JsonNode json) {
        Map<String, String> attributes = new LinkedHashMap<>();
        json.properties()
                .forEach(entry -> attributes.put(
                        entry.getKey(),
                        entry.getValue().isValueNode()
                                ? entry.getValue().asText()
                                : entry.getValue().toString()));
        return attributes;
    }

    /// A file, or part of one, that is no JSON.
    static DataSetException unreadable(String file, JacksonException error) {
        // Of what is too deep or too long no place is told.
        String place = error.getLocation() == null
                ? ""
                : ", line " + error.getLocation().getLineNr();
        return new DataSetException(file + place + ": no JSON that can be read: " + error.getOriginalMessage(), error);
    }

    /// A value as a message shows it, cut off where it is long.
    static String shown(JsonNode json) {
        String text = json.isMissingNode() ? "none" : json.toString();
        return text.length() > 80 ? text.substring(0, 80) + "..." : text;
    }
}
