package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/// Reads what writers wrote.
final class JsonValues {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private JsonValues() {}

    /// All values at the root: one, or one per line.
    static List<JsonNode> all(byte[] json) {
        List<JsonNode> values = new ArrayList<>();
        try (JsonParser parser = MAPPER.createParser(json)) {
            while (parser.nextToken() != null) {
                values.add(parser.readValueAsTree());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return values;
    }

    static JsonNode one(byte[] json) {
        List<JsonNode> values = all(json);
        if (values.size() != 1) {
            throw new AssertionError("values at the root: " + values.size() + " (expected: 1)");
        }
        return values.getFirst();
    }

    /// Every number as it is spelled.
    static List<String> numbers(byte[] json) {
        List<String> numbers = new ArrayList<>();
        try (JsonParser parser = MAPPER.createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isNumeric()) {
                    numbers.add(parser.getText());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return numbers;
    }

    static Stream<JsonNode> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    /// The elements whose field `name` is `value`, in order.
    static List<JsonNode> where(JsonNode array, String name, String value) {
        return elements(array)
                .filter(element -> element.path(name).asText().equals(value))
                .toList();
    }

    static double[] doubles(JsonNode array) {
        return elements(array).mapToDouble(JsonNode::asDouble).toArray();
    }
}
