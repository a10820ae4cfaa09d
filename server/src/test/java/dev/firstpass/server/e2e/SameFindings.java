package dev.firstpass.server.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Compares two answers in the `firstpass` format for the same asset and model. The last bits of a model's outputs
/// depend on which rows it ran together, so numbers may differ a little; everything else may not.
///
/// Pure functions.
final class SameFindings {
    private static final double PIXELS = 0.01;
    private static final double SCORE = 1e-4;

    private SameFindings() {}

    /// The first thing that differs, or nothing. The order of findings with almost the same score may differ.
    static Optional<String> difference(JsonNode expected, JsonNode actual) {
        for (String part : new String[] {"model", "asset", "dropped"}) {
            if (!expected.get(part).equals(actual.get(part))) {
                return differs(part, expected.get(part), actual.get(part));
            }
        }
        Map<String, JsonNode> wanted = byId(expected);
        Map<String, JsonNode> found = byId(actual);
        if (!wanted.keySet().equals(found.keySet())) {
            return differs("annotation ids", wanted.keySet(), found.keySet());
        }
        return wanted.entrySet().stream()
                .flatMap(entry ->
                        difference(entry.getKey(), entry.getValue(), present(found, entry.getKey()), PIXELS).stream())
                .findFirst();
    }

    private static JsonNode present(Map<String, JsonNode> annotations, String id) {
        return Optional.ofNullable(annotations.get(id)).orElseThrow();
    }

    private static Map<String, JsonNode> byId(JsonNode answer) {
        Map<String, JsonNode> annotations = new TreeMap<>();
        for (JsonNode annotation : answer.get("annotations")) {
            annotations.put(annotation.get("id").asText(), annotation);
        }
        return annotations;
    }

    private static Optional<String> difference(String path, JsonNode expected, JsonNode actual, double tolerance) {
        if (expected.isObject() && actual.isObject() && expected.size() == actual.size()) {
            return expected.properties().stream()
                    .flatMap(field -> difference(
                            path + "." + field.getKey(),
                            field.getValue(),
                            actual.path(field.getKey()),
                            field.getKey().equals("score") ? SCORE : tolerance)
                            .stream())
                    .findFirst();
        }
        if (expected.isArray() && actual.isArray() && expected.size() == actual.size()) {
            Iterator<JsonNode> others = actual.iterator();
            for (JsonNode element : expected) {
                Optional<String> difference = difference(path + "[]", element, others.next(), tolerance);
                if (difference.isPresent()) {
                    return difference;
                }
            }
            return Optional.empty();
        }
        boolean same = (expected.isNumber() && actual.isNumber())
                ? Math.abs(expected.asDouble() - actual.asDouble()) <= tolerance
                : expected.equals(actual);
        return same ? Optional.empty() : differs(path, expected, actual);
    }

    private static Optional<String> differs(String what, Object expected, Object actual) {
        return Optional.of(what + ": " + actual + " (expected: " + expected + ")");
    }
}
