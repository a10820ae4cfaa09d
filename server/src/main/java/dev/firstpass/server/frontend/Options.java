package dev.firstpass.server.frontend;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.QueryParams;
import dev.firstpass.server.failure.Words;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Named options of one request, from its query and from JSON alike: each at most once, none unknown.
///
/// In JSON a list is an array and a map is an object; as text, in a query, a list is `a,b`, a map is `k:v,k2:v2`,
/// and JSON does as well, for names and values that have a comma in them. Every reader throws ARGUMENT_INVALID
/// with the option's name for a value that it cannot read.
///
/// For one thread.
public final class Options {
    private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]{1,30}(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?");
    private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]{1,18}");
    private static final Pattern DURATION = Pattern.compile("([+-]?[0-9]{1,9})(ms|s|m)");

    private final Collection<String> known;
    private final Map<String, JsonNode> values = new LinkedHashMap<>();

    public Options(Collection<String> known) {
        this.known = known;
    }

    /// Those of a body that is a JSON object.
    public static Options ofBody(AggregatedHttpRequest whole, String... known) {
        return ofBody(whole.content().array(), known);
    }

    /// As [#ofBody(AggregatedHttpRequest, String...)].
    public static Options ofBody(byte[] body, String... known) {
        Options options = new Options(List.of(known));
        options.addJson(Json.readObject("body", body));
        return options;
    }

    /// Those of a query.
    public static Options ofQuery(QueryParams query, String... known) {
        Options options = new Options(List.of(known));
        options.addQuery(query);
        return options;
    }

    public void addQuery(QueryParams query) {
        for (String name : query.names()) {
            List<String> texts = query.getAll(name);
            if (texts.size() > 1) {
                throw twice(name);
            }
            add(name, TextNode.valueOf(texts.getFirst()));
        }
    }

    public void addJson(ObjectNode options) {
        options.properties().forEach(member -> add(member.getKey(), member.getValue()));
    }

    public void add(String name, JsonNode value) {
        if (!known.contains(name)) {
            throw RequestRules.invalid(name, unknown(name, name, known));
        }
        if (values.putIfAbsent(name, value) != null) {
            throw twice(name);
        }
    }

    public static String unknown(String path, String name, Collection<String> known) {
        return Words.quoted(path) + " is not known (expected: " + String.join(", ", known) + ")"
                + Words.hint(name, known);
    }

    private static RuntimeException twice(String name) {
        return RequestRules.invalid(name, Words.quoted(name) + " is given twice (expected: once)");
    }

    public Optional<JsonNode> node(String name) {
        return Optional.ofNullable(values.get(name));
    }

    public Optional<String> text(String name) {
        return node(name).map(value -> text(name, value));
    }

    public Optional<Double> number(String name) {
        return node(name).map(value -> number(name, value));
    }

    public Optional<Long> whole(String name) {
        return node(name).map(value -> {
            String text = value.isIntegralNumber() ? value.asText() : value.isTextual() ? value.textValue() : "";
            if (!WHOLE.matcher(text).matches()) {
                throw unreadable(name, value, "a whole number");
            }
            return Long.parseLong(text);
        });
    }

    /// @param usual where the option is not given
    public long within(String name, long usual, long least, long most) {
        long value = whole(name).orElse(usual);
        if (value < least || value > most) {
            throw RequestRules.invalid(name, name + ": " + value + " (expected: " + least + " to " + most + ")");
        }
        return value;
    }

    /// `500ms`, `2s`, `1m`.
    public Optional<Duration> duration(String name) {
        return text(name).map(text -> {
            Matcher parts = DURATION.matcher(text);
            if (!parts.matches()) {
                throw RequestRules.invalid(
                        name, name + ": " + Words.quoted(text) + " (expected: a duration such as 500ms or 2s)");
            }
            long amount = Long.parseLong(parts.group(1));
            return switch (parts.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                default -> Duration.ofMinutes(amount);
            };
        });
    }

    /// Empty where the option is not given.
    public Set<String> words(String name) {
        Set<String> words = new LinkedHashSet<>();
        structure(name).ifPresent(value -> {
            if (value instanceof ArrayNode array) {
                array.forEach(item -> words.add(text(name, item)));
            } else {
                words.addAll(List.of(text(name, value).split(",", -1)));
            }
        });
        if (words.stream().anyMatch(String::isBlank)) {
            throw RequestRules.invalid(name, name + ": an empty entry (expected: entries with a name)");
        }
        return words;
    }

    /// Empty where the option is not given.
    public Map<String, String> pairs(String name) {
        return structure(name)
                .map(value -> value instanceof ObjectNode object ? pairs(name, object) : pairs(name, text(name, value)))
                .orElse(Map.of());
    }

    /// The value; or what it says, where it is text that begins as a JSON array or object does.
    private Optional<JsonNode> structure(String name) {
        return node(name).map(value -> {
            String text = value.isTextual() ? value.textValue() : "";
            return text.startsWith("[") || text.startsWith("{")
                    ? Json.read(name, text.getBytes(StandardCharsets.UTF_8))
                    : value;
        });
    }

    private static Map<String, String> pairs(String name, ObjectNode object) {
        Map<String, String> pairs = new LinkedHashMap<>();
        object.properties().forEach(member -> {
            JsonNode value = member.getValue();
            if (!value.isValueNode() || value.isNull()) {
                throw unreadable(name + "." + member.getKey(), value, "a string, number or boolean");
            }
            pairs.put(member.getKey(), value.asText());
        });
        return pairs;
    }

    private static Map<String, String> pairs(String name, String text) {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (String pair : text.split(",", -1)) {
            int colon = pair.indexOf(':');
            if (colon < 1) {
                throw RequestRules.invalid(
                        name, name + ": " + Words.quoted(pair) + " (expected: name:value, or a JSON object)");
            }
            if (pairs.putIfAbsent(pair.substring(0, colon), pair.substring(colon + 1)) != null) {
                throw twice(name + "." + pair.substring(0, colon));
            }
        }
        return pairs;
    }

    public static String text(String field, JsonNode value) {
        if (!value.isTextual()) {
            throw unreadable(field, value, "a string");
        }
        return value.textValue();
    }

    /// A finite number: as JSON, or as decimal text. `NaN` and infinities are no numbers here.
    public static double number(String field, JsonNode value) {
        String text = value.isNumber() ? value.asText() : value.isTextual() ? value.textValue() : "";
        double number = NUMBER.matcher(text).matches() ? Double.parseDouble(text) : Double.NaN;
        if (!Double.isFinite(number)) {
            throw unreadable(field, value, "a finite number");
        }
        return number;
    }

    private static RuntimeException unreadable(String field, JsonNode value, String expected) {
        String shown = value.isTextual() || value.isNumber() ? Words.quoted(value.asText()) : Json.kind(value);
        return RequestRules.invalid(field, field + ": " + shown + " (expected: " + expected + ")");
    }
}
