package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.dataset.DataSetException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/// Finds elements of one name in an XML file by their bytes, so that each can be parsed by itself and found again: streams of
/// events do not tell where in the file they are.
///
/// It knows what XML's bytes can be outside of elements' text, which has no `<` of its own: comments, CDATA, processing
/// instructions and declarations are passed over. Elements of the name do not stand in each other. Right for encodings in which the
/// bytes of ASCII are ASCII.
///
/// For one thread. Keeps one element at a time.
final class XmlPieces {
    private static final int LONGEST_NAME = 64;

    private final InputStream in;
    private final String name;
    private final int mostBytes;
    private long at;
    private int line = 1;

    /// Takes what was found.
    interface Found {
        /// An element of the name, as it stands in the file.
        void element(long offset, byte[] xml, int line) throws IOException;

        /// The start of another element.
        void other(String name);

        /// The end of another element.
        void end(String name);
    }

    /// @param in not closed
    /// @param mostBytes of one element
    XmlPieces(InputStream in, String name, int mostBytes) {
        this.in = new BufferedInputStream(in, 1 << 16);
        this.name = name;
        this.mostBytes = mostBytes;
    }

    /// @throws DataSetException if the file ends within an element of the name, or one is too long
    void read(Found found) throws IOException {
        for (int b = next(); b >= 0; b = next()) {
            if (b != '<') {
                continue;
            }
            long offset = at - 1;
            int from = line;
            ByteArrayOutputStream tag = new ByteArrayOutputStream();
            tag.write('<');
            Markup markup = markup(tag);
            switch (markup.kind) {
                case START -> {
                    if (markup.name.equals(name)) {
                        byte[] xml = markup.isEmpty ? tag.toByteArray() : toItsEnd(tag, from);
                        found.element(offset, xml, from);
                    } else {
                        found.other(markup.name);
                    }
                }
                case END -> found.end(markup.name);
                case OTHER -> {
                    // Nothing that is looked for.
                }
            }
        }
    }

    private byte[] toItsEnd(ByteArrayOutputStream xml, int from) throws IOException {
        for (int b = next(); b >= 0; b = next()) {
            write(xml, b);
            if (b == '<') {
                Markup markup = markup(xml);
                if (markup.kind == Kind.END && markup.name.equals(name)) {
                    return xml.toByteArray();
                }
            }
        }
        throw new DataSetException("line " + from + ": <" + name + "> without an end (expected: a whole file)");
    }

    private enum Kind {
        START,
        END,
        OTHER
    }

    /// @param isEmpty a start that is its end too
    private record Markup(Kind kind, String name, boolean isEmpty) {}

    /// Reads on behind a `<`.
    private Markup markup(ByteArrayOutputStream into) throws IOException {
        int first = take(into);
        if (first == '?') {
            past(into, "?>");
            return new Markup(Kind.OTHER, "", false);
        }
        if (first == '!') {
            int second = take(into);
            if (second == '-') {
                take(into);
                past(into, "-->");
            } else if (second == '[') {
                past(into, "]]>");
            } else {
                past(into, ">");
            }
            return new Markup(Kind.OTHER, "", false);
        }
        boolean isEnd = first == '/';
        StringBuilder word = new StringBuilder();
        int b = isEnd ? take(into) : first;
        while (b >= 0 && b != '>' && b != '/' && b > ' ') {
            if (word.length() <= LONGEST_NAME) {
                word.append((char) b);
            }
            b = take(into);
        }
        int before = b;
        while (b >= 0 && b != '>') {
            if (b == '"' || b == '\'') {
                int quote = b;
                do {
                    b = take(into);
                } while (b >= 0 && b != quote);
            }
            before = b;
            b = take(into);
        }
        return new Markup(isEnd ? Kind.END : Kind.START, word.toString(), before == '/');
    }

    private void past(ByteArrayOutputStream into, String end) throws IOException {
        int matched = 0;
        while (matched < end.length()) {
            int b = take(into);
            if (b < 0) {
                return;
            }
            if (b == end.charAt(matched)) {
                matched++;
            } else if (end.length() == 3 && matched == 2 && b == end.charAt(1)) {
                // One more '-' or ']' before the '>': the last two still match.
                matched = 2;
            } else {
                matched = b == end.charAt(0) ? 1 : 0;
            }
        }
    }

    private int take(ByteArrayOutputStream into) throws IOException {
        int b = next();
        if (b >= 0) {
            write(into, b);
        }
        return b;
    }

    private void write(ByteArrayOutputStream into, int b) {
        if (into.size() >= mostBytes) {
            throw new DataSetException(
                    "line " + line + ": longer than " + mostBytes + " bytes (expected: the labels of one image)");
        }
        into.write(b);
    }

    private int next() throws IOException {
        int b = in.read();
        if (b >= 0) {
            at++;
        }
        if (b == '\n') {
            line++;
        }
        return b;
    }
}
