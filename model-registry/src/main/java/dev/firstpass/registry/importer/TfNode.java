package dev.firstpass.registry.importer;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.StreamSupport;

/// One node of a TensorFlow.js graph: name, operation, inputs and attributes as the JSON has them.
///
/// Immutable.
///
/// @param inputs the data inputs
/// @param controls names of the nodes that must have run before, though nothing of theirs is used
record TfNode(String name, String op, List<Port> inputs, List<String> controls, JsonNode attributes) {
    TfNode {
        inputs = List.copyOf(inputs);
        controls = List.copyOf(controls);
    }

    /// The output `index` of the node `node`; written `node` or `node:index`.
    record Port(String node, int index) {
        static Port parse(String text) {
            int colon = text.lastIndexOf(':');
            if (colon < 0) {
                return new Port(text, 0);
            }
            try {
                return new Port(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
            } catch (NumberFormatException e) {
                throw new UnsupportedGraphException("input \"" + text + "\" (expected: a node, or node:output)");
            }
        }

        /// As a graph has it: the first output goes without its number.
        @Override
        public String toString() {
            return index == 0 ? node : node + ":" + index;
        }
    }

    /// How messages begin that are about it.
    String where() {
        return "node \"" + name + "\" (" + op + "): ";
    }

    long integer(String key, long otherwise) {
        JsonNode value = attributes.path(key).path("i");
        return value.isMissingNode() ? otherwise : integer(key, value);
    }

    List<Long> integers(String key) {
        return StreamSupport.stream(attributes.path(key).path("list").path("i").spliterator(), false)
                .map(value -> integer(key, value))
                .toList();
    }

    float real(String key, float otherwise) {
        JsonNode value = attributes.path(key).path("f");
        return value.isNumber() ? (float) value.asDouble() : otherwise;
    }

    boolean flag(String key) {
        return attributes.path(key).path("b").asBoolean();
    }

    String text(String key, String otherwise) {
        JsonNode value = attributes.path(key).path("s");
        if (!value.isArray() && !value.isTextual()) {
            return otherwise;
        }
        try {
            return TfAttributes.bytes(value).toString(StandardCharsets.ISO_8859_1);
        } catch (IllegalArgumentException e) {
            throw new UnsupportedGraphException("attribute " + key + ": no base64 text");
        }
    }

    private static long integer(String key, JsonNode value) {
        try {
            return TfAttributes.integer(value);
        } catch (NumberFormatException e) {
            throw new UnsupportedGraphException("attribute " + key + ": \"" + value.asText() + "\" is no integer");
        }
    }
}
