package dev.firstpass.registry.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collection;

/// Puts a value of unknown origin into a message: short, on one line, without control characters. Pure.
final class Shown {
    private static final int LONGEST = 60;

    private Shown() {}

    static String of(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> "a mapping";
            case ARRAY -> "a list of " + node.size();
            case NULL, MISSING -> "nothing";
            case STRING -> "'" + of(node.textValue()) + "'";
            case BINARY, BOOLEAN, NUMBER, POJO -> of(node.asText());
        };
    }

    static String of(String text) {
        String line = text.replaceAll("\\p{C}", "?");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST - 3) + "...";
    }

    /// Words in a row, not more than fit in a message.
    static String list(Collection<String> words) {
        String all = String.join(", ", words.stream().limit(20).map(Shown::of).toList());
        return words.size() <= 20 ? all : all + ", ...";
    }
}
