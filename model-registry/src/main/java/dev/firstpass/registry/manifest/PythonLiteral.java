package dev.firstpass.registry.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads what Python's `repr` writes of plain values: dicts, lists, tuples, strings, numbers, `True`, `False` and
/// `None`. Exporters leave their notes in that form (`{0: 'person', 1: 'bicycle'}`).
///
/// Strict: what `repr` does not write (comments, other prefixes and escapes, strings in a row, a key twice, numbers
/// that are not finite) is refused rather than guessed. Tuples become lists, keys become text. Nesting is limited to
/// [#DEEPEST] levels; time and memory grow with the text alone.
///
/// For one thread, for one text.
final class PythonLiteral {
    static final int DEEPEST = 16;

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final Pattern NUMBER =
            Pattern.compile("[+-]?(?:(?<whole>0|[1-9][0-9]{0,40})|[0-9]{1,40}(?:\\.[0-9]{0,40})?(?:e[+-]?[0-9]{1,3})?"
                    + "|\\.[0-9]{1,40}(?:e[+-]?[0-9]{1,3})?)(?![\\w.])");
    private static final Pattern WORD = Pattern.compile("True|False|None");

    private final String text;
    private int at;

    private PythonLiteral(String text) {
        this.text = text;
    }

    /// What makes a text no literal, and where.
    static final class SyntaxException extends Exception {
        private static final long serialVersionUID = 1L;

        SyntaxException(String expected, int at) {
            super("no Python literal at character " + at + " (expected: " + expected + ")");
        }
    }

    /// @throws SyntaxException with the place and what was expected there
    static JsonNode read(String text) throws SyntaxException {
        PythonLiteral literal = new PythonLiteral(text);
        JsonNode value = literal.value(0);
        literal.blanks();
        if (literal.at < text.length()) {
            throw literal.expected("the end");
        }
        return value;
    }

    private JsonNode value(int depth) throws SyntaxException {
        blanks();
        if (depth > DEEPEST) {
            throw expected("at most " + DEEPEST + " levels");
        }
        return switch (peek()) {
            case '{' -> dict(depth);
            case '[' -> list(']', depth);
            case '(' -> tuple(depth);
            case '\'', '"' -> NODES.textNode(string());
            case 'T', 'F', 'N' -> word();
            default -> number();
        };
    }

    private ObjectNode dict(int depth) throws SyntaxException {
        ObjectNode dict = NODES.objectNode();
        at++;
        blanks();
        while (peek() != '}') {
            JsonNode key = value(DEEPEST);
            boolean isKey = key.isTextual() || key.isIntegralNumber();
            if (!isKey || dict.has(key.asText())) {
                throw expected(isKey ? "each key once" : "a string or a whole number as a key");
            }
            blanks();
            take(':');
            dict.set(key.asText(), value(depth + 1));
            separator('}');
        }
        at++;
        return dict;
    }

    private ArrayNode list(char end, int depth) throws SyntaxException {
        ArrayNode list = NODES.arrayNode();
        at++;
        blanks();
        while (peek() != end) {
            list.add(value(depth + 1));
            separator(end);
        }
        at++;
        return list;
    }

    /// One value in parentheses is a tuple only with a comma behind it.
    private ArrayNode tuple(int depth) throws SyntaxException {
        ArrayNode tuple = list(')', depth);
        if (tuple.size() == 1 && text.charAt(lastBefore(at - 1)) != ',') {
            throw expected("a comma in a tuple of one");
        }
        return tuple;
    }

    private int lastBefore(int end) {
        int last = end - 1;
        while (isBlank(text.charAt(last))) {
            last--;
        }
        return last;
    }

    private void separator(char end) throws SyntaxException {
        blanks();
        if (peek() != end) {
            take(',');
            blanks();
        }
    }

    private String string() throws SyntaxException {
        char quote = text.charAt(at++);
        StringBuilder string = new StringBuilder();
        while (peek() != quote) {
            char next = peek();
            if (at >= text.length() || next == '\n' || next == '\r') {
                throw expected("the end of the string");
            }
            at++;
            if (next == '\\') {
                string.appendCodePoint(escaped());
            } else {
                string.append(next);
            }
        }
        at++;
        return string.toString();
    }

    private int escaped() throws SyntaxException {
        char kind = peek();
        at++;
        return switch (kind) {
            case '\\', '\'', '"' -> kind;
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'x' -> hex(2);
            case 'u' -> hex(4);
            case 'U' -> hex(8);
            default -> {
                at--;
                throw expected("one of \\\\ \\' \\\" \\n \\r \\t \\x \\u \\U");
            }
        };
    }

    private int hex(int digits) throws SyntaxException {
        int code = 0;
        for (int i = 0; i < digits; i++) {
            int digit = Character.digit(peek(), 16);
            boolean isAscii = peek() < 128;
            code = code << 4 | digit;
            if (digit < 0 || !isAscii || !Character.isValidCodePoint(code)) {
                throw expected(digits + " hex digits of a character");
            }
            at++;
        }
        return code;
    }

    private JsonNode word() throws SyntaxException {
        String word = match(WORD).group();
        return switch (word) {
            case "True" -> NODES.booleanNode(true);
            case "False" -> NODES.booleanNode(false);
            default -> NODES.nullNode();
        };
    }

    private JsonNode number() throws SyntaxException {
        Matcher number = match(NUMBER);
        if (number.group("whole") != null) {
            BigInteger whole = new BigInteger(number.group());
            return whole.bitLength() < Integer.SIZE
                    ? NODES.numberNode(whole.intValue())
                    : whole.bitLength() < Long.SIZE ? NODES.numberNode(whole.longValue()) : NODES.numberNode(whole);
        }
        double value = Double.parseDouble(number.group());
        boolean isPadded = number.group().matches("[+-]?[0-9]+");
        if (isPadded || !Double.isFinite(value)) {
            throw expected(isPadded ? "no zero in front of a whole number" : "a finite number");
        }
        return NODES.numberNode(value);
    }

    private Matcher match(Pattern pattern) throws SyntaxException {
        Matcher matcher = pattern.matcher(text).region(at, text.length()).useTransparentBounds(true);
        if (!matcher.lookingAt()) {
            throw expected("a value");
        }
        at = matcher.end();
        return matcher;
    }

    private void take(char wanted) throws SyntaxException {
        if (peek() != wanted) {
            throw expected("'" + wanted + "'");
        }
        at++;
    }

    /// The next character; at the end one that stands for nothing.
    private char peek() {
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private void blanks() {
        while (at < text.length() && isBlank(text.charAt(at))) {
            at++;
        }
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\n' || c == '\t' || c == '\r';
    }

    private SyntaxException expected(String what) {
        return new SyntaxException(what, at);
    }
}
