package dev.firstpass.registry.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Lays a manifest out as YAML: one line a value, its origin in a comment, comments in one column where they fit.
///
/// For one thread.
final class AnnotatedYaml {
    private static final int WIDEST_VALUE = 56;

    /// Text that YAML takes as that text without quotes.
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z][A-Za-z0-9_./ -]*[A-Za-z0-9_/]|[A-Za-z]");

    private static final List<String> NOT_TEXT = List.of("true", "false", "null", "yes", "no", "on", "off", "y", "n");

    private record Line(String text, String origin) {}

    private final Map<String, String> origins;
    private final List<Line> lines = new ArrayList<>();

    private AnnotatedYaml(Map<String, String> origins) {
        this.origins = origins;
    }

    static String write(JsonNode manifest, Map<String, String> origins, Map<String, String> questions) {
        AnnotatedYaml yaml = new AnnotatedYaml(origins);
        for (Map.Entry<String, JsonNode> entry : manifest.properties()) {
            yaml.entry(entry.getKey(), entry.getValue(), "", "", entry.getKey());
        }
        return yaml.text(questions);
    }

    /// @param indent blanks before the key
    /// @param dash what stands between them: the mark of a list item, or nothing
    private void entry(String key, JsonNode value, String indent, String dash, String field) {
        String start = indent + dash + scalar(key) + ":";
        if (field.equals("stages")) {
            lines.add(new Line(start, ""));
            value.forEach(stage -> stage(stage, indent + "  "));
        } else if (value.isObject() && !value.isEmpty() && !key.equals("size")) {
            lines.add(new Line(start, ""));
            String deeper = indent + " ".repeat(dash.length()) + "  ";
            for (Map.Entry<String, JsonNode> entry : value.properties()) {
                entry(entry.getKey(), entry.getValue(), deeper, "", field + "." + entry.getKey());
            }
        } else {
            lines.add(new Line(start + " " + flow(value), origins.getOrDefault(field, "")));
        }
    }

    private void stage(JsonNode stage, String indent) {
        String field = "stages." + stage.path("name").asText();
        boolean isFirst = true;
        for (Map.Entry<String, JsonNode> entry : stage.properties()) {
            String key = entry.getKey();
            entry(key, entry.getValue(), isFirst ? indent : indent + "  ", isFirst ? "- " : "", field + "." + key);
            isFirst = false;
        }
    }

    private String text(Map<String, String> questions) {
        int column = lines.stream()
                .mapToInt(line -> line.text().length())
                .filter(width -> width <= WIDEST_VALUE)
                .max()
                .orElse(0);
        StringBuilder text = new StringBuilder();
        for (Line line : lines) {
            text.append(line.text());
            if (!line.origin().isEmpty()) {
                text.repeat(" ", Math.max(0, column - line.text().length()));
                text.append("  # ").append(Shown.of(line.origin()));
            }
            text.append('\n');
        }
        new TreeMap<>(questions)
                .forEach((key, question) -> text.append("# ? ")
                        .append(key)
                        .append(": ")
                        .append(Shown.oneLine(question, " "))
                        .append('\n'));
        return text.toString();
    }

    private static String flow(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> {
                List<String> items = new ArrayList<>(node.size());
                node.forEach(item -> items.add(flow(item)));
                yield "[" + String.join(", ", items) + "]";
            }
            case OBJECT -> {
                List<String> items = new ArrayList<>(node.size());
                node.properties().forEach(entry -> items.add(scalar(entry.getKey()) + ": " + flow(entry.getValue())));
                yield "{" + String.join(", ", items) + "}";
            }
            case STRING -> scalar(node.textValue());
            case NUMBER -> ManifestWriter.number(node);
            case BOOLEAN, NULL, MISSING, BINARY, POJO -> node.asText();
        };
    }

    /// Plain where that is surely text, else in double quotes, where JSON's escapes are YAML's.
    private static String scalar(String text) {
        boolean isPlain = PLAIN.matcher(text).matches() && !NOT_TEXT.contains(text.toLowerCase(Locale.ROOT));
        return isPlain ? text : TextNode.valueOf(text).toString();
    }
}
