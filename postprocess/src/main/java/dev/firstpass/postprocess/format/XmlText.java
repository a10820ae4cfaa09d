package dev.firstpass.postprocess.format;

/// Text as XML 1.0 can say it.
///
/// Pure functions.
final class XmlText {
    private XmlText() {}

    /// XML 1.0 has no way to write most control characters, not even by their numbers; a carriage return would be read
    /// as a line feed. They become `?`.
    static String legal(String text) {
        StringBuilder legal = new StringBuilder();
        text.codePoints().map(c -> isLegal(c) ? c : '?').forEach(legal::appendCodePoint);
        return legal.toString();
    }

    /// The same for attributes of elements, in which line feeds and tabs would be read as spaces.
    static String inAttribute(String text) {
        return legal(text).replace('\n', '?').replace('\t', '?');
    }

    private static boolean isLegal(int c) {
        boolean isSpace = c == '\t' || c == '\n';
        boolean isLetter = c >= 0x20 && !(c >= 0xD800 && c <= 0xDFFF) && c != 0xFFFE && c != 0xFFFF;
        return isSpace || isLetter;
    }
}
