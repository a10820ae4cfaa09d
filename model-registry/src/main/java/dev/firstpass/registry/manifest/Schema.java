package dev.firstpass.registry.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.firstpass.registry.RegistryException.ManifestInvalid;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// What may stand at one place of a manifest. [ManifestGrammar] puts them together.
///
/// Immutable, all variants.
sealed interface Schema {
    /// @param field dotted name of the place, for messages
    /// @throws ManifestInvalid if `node` may not stand there
    void check(String field, JsonNode node);

    private static ManifestInvalid refusal(String field, JsonNode found, String expected) {
        String place = field.isEmpty() ? "manifest" : field;
        return new ManifestInvalid(place, place + ": " + Shown.of(found) + " (expected: " + expected + ")");
    }

    /// Text of at most `most` characters that a pattern allows. Whole numbers are taken as text, since people write
    /// labels like 0 and 1 without quotes.
    record Text(Pattern pattern, int most, String expected) implements Schema {
        @Override
        public void check(String field, JsonNode node) {
            boolean isText = node.isTextual() || node.isIntegralNumber();
            String text = node.asText();
            if (!isText || text.length() > most || !pattern.matcher(text).matches()) {
                throw refusal(field, node, expected);
            }
        }
    }

    /// One value of any kind, since only the family knows of which: text that a pattern allows, a finite number, or a
    /// truth value.
    record Scalar(Pattern pattern, int most, String expected) implements Schema {
        @Override
        public void check(String field, JsonNode node) {
            boolean isValue = node.isTextual()
                    ? node.textValue().length() <= most
                            && pattern.matcher(node.textValue()).matches()
                    : node.isBoolean() || (node.isNumber() && Double.isFinite(node.doubleValue()));
            if (!isValue) {
                throw refusal(field, node, expected);
            }
        }
    }

    /// One of a few words.
    record Choice(List<String> words) implements Schema {
        @Override
        public void check(String field, JsonNode node) {
            if (!node.isTextual() || !words.contains(node.textValue())) {
                throw refusal(field, node, "one of " + String.join(", ", words));
            }
        }
    }

    /// A whole number from `low` to `high`.
    record Whole(long low, long high) implements Schema {
        @Override
        public void check(String field, JsonNode node) {
            if (!node.isIntegralNumber()
                    || !node.canConvertToLong()
                    || node.longValue() < low
                    || node.longValue() > high) {
                throw refusal(field, node, "a whole number from " + low + " to " + high);
            }
        }
    }

    /// A finite number from `low` to `high`, both included.
    record Real(double low, double high) implements Schema {
        @Override
        public void check(String field, JsonNode node) {
            double value = node.isNumber() ? node.doubleValue() : Double.NaN;
            if (!(value >= low && value <= high)) {
                throw refusal(field, node, "a number from " + low + " to " + high);
            }
        }
    }

    /// `true` or `false`.
    record Flag() implements Schema {
        @Override
        public void check(String field, JsonNode node) {
            if (!node.isBoolean()) {
                throw refusal(field, node, "true or false");
            }
        }
    }

    /// A list of `least` to `most` items, all of one kind.
    record Items(Schema item, int least, int most) implements Schema {
        @Override
        public void check(String field, JsonNode node) {
            if (!node.isArray() || node.size() < least || node.size() > most) {
                throw refusal(field, node, "a list of " + least + " to " + most);
            }
            for (int i = 0; i < node.size(); i++) {
                item.check(field + "[" + i + "]", node.get(i));
            }
        }
    }

    /// A mapping with known keys, none of them required.
    record Keys(Map<String, Schema> keys) implements Schema {
        @Override
        public void check(String field, JsonNode node) {
            if (!node.isObject()) {
                throw refusal(field, node, "a mapping with the keys " + String.join(", ", keys.keySet()));
            }
            for (Map.Entry<String, JsonNode> entry : node.properties()) {
                String name = field.isEmpty() ? entry.getKey() : field + "." + entry.getKey();
                Schema schema = keys.get(entry.getKey());
                if (schema == null) {
                    throw new ManifestInvalid(
                            Shown.of(name),
                            Shown.of(name) + ": unknown key (the nearest known one is '"
                                    + Nearest.of(Shown.of(entry.getKey()), keys.keySet()) + "')");
                }
                schema.check(name, entry.getValue());
            }
        }
    }

    /// A mapping from names of the user's choice.
    record Named(Schema name, Schema value, int most) implements Schema {
        @Override
        public void check(String field, JsonNode node) {
            if (!node.isObject() || node.size() > most) {
                throw refusal(field, node, "a mapping of at most " + most);
            }
            for (Map.Entry<String, JsonNode> entry : node.properties()) {
                name.check(field, TextNode.valueOf(entry.getKey()));
                value.check(field + "." + Shown.of(entry.getKey()), entry.getValue());
            }
        }
    }

    /// A list in one form, anything else in another.
    record ListOr(Schema list, Schema other) implements Schema {
        @Override
        public void check(String field, JsonNode node) {
            (node.isArray() ? list : other).check(field, node);
        }
    }
}
