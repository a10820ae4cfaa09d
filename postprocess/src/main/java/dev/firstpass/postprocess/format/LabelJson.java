package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Values that people's JSON files hold, checked: a message names the field, what is there and what was expected.
///
/// Pure functions.
final class LabelJson {
    /// Larger images than these are what nobody has: a file that says so would have masks made of it.
    private static final int LONGEST_SIDE = 1 << 17;
    private static final long MOST_PIXELS = 1L << 29;

    private LabelJson() {}

    /// Of an image; empty where either is absent or null.
    ///
    /// @throws IllegalArgumentException if it is no size that an image has
    static Optional<ImageSize> size(JsonNode width, JsonNode height) {
        if (width.isMissingNode() || width.isNull() || height.isMissingNode() || height.isNull()) {
            return Optional.empty();
        }
        return Optional.of(size(number(width, "width"), number(height, "height")));
    }

    /// @throws IllegalArgumentException if it is no size that an image has
    static ImageSize size(double width, double height) {
        boolean isWhole = width == Math.rint(width) && height == Math.rint(height);
        if (!isWhole
                || !(width >= 1 && width <= LONGEST_SIDE && height >= 1 && height <= LONGEST_SIDE)
                || width * height > MOST_PIXELS) {
            throw new IllegalArgumentException("size: " + width + "x" + height + " (expected: 1 to " + LONGEST_SIDE
                    + " pixels a side, at most " + MOST_PIXELS + ")");
        }
        return new ImageSize((int) width, (int) height);
    }

    /// @throws IllegalArgumentException if it is no text, or none at all
    static String text(JsonNode json, String field) {
        if (!json.path(field).isTextual() || json.path(field).asText().isEmpty()) {
            throw new IllegalArgumentException(field + ": " + shown(json.path(field)) + " (expected: a text)");
        }
        return json.path(field).asText();
    }

    /// A whole number.
    ///
    /// @throws IllegalArgumentException if it is something else
    static int whole(JsonNode json, String field) {
        double number = number(json, field);
        if (number != Math.rint(number) || Math.abs(number) > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(field + ": " + shown(json) + " (expected: a whole number)");
        }
        return (int) number;
    }

    /// What is written in base64.
    ///
    /// @throws IllegalArgumentException if it is something else
    static byte[] base64(JsonNode json, String field) {
        if (json.isTextual()) {
            try {
                return json.binaryValue();
            } catch (IOException e) {
                throw new IllegalArgumentException(field + ": no base64 (expected: base64)", e);
            }
        }
        throw new IllegalArgumentException(field + ": " + shown(json) + " (expected: base64)");
    }

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
