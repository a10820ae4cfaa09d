package dev.firstpass.server.cli;

/// Text for pages.
///
/// Pure functions.
final class HtmlText {
    private HtmlText() {}

    /// Text as it may stand in an element and in a quoted attribute.
    static String escaped(String text) {
        StringBuilder escaped = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.appendCodePoint(Character.isISOControl(c) ? '\uFFFD' : c);
            }
        });
        return escaped.toString();
    }
}
