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
        String line = oneLine(text, "?");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST - 3) + "...";
    }

    /// `text` with `instead` for whatever is no character to be seen or ends a line (YAML has more line ends than
    /// Java).
    static String oneLine(String text, String instead) {
        return text.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", instead);
    }

    /// Words in a row, not more than fit in a message.
    static String list(Collection<String> words) {
        String all = String.join(", ", words.stream().limit(20).map(Shown::of).toList());
        return words.size() <= 20 ? all : all + ", ...";
    }
}
