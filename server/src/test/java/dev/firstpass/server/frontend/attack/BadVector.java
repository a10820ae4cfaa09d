package dev.firstpass.server.frontend.attack;

import dev.firstpass.server.frontend.RawHttp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A line of the table of bad input.
///
/// Immutable.
///
/// @param id letter and number of the catalogue
/// @param kind how `what` is meant; the table's head says which there are
/// @param status of HTTP; of what another test holds, or-ed where it is for several
/// @param reason its code, or `-` where the answer has none
record BadVector(String id, String name, String kind, String status, String reason, String what) {
    static final Path TABLE = Path.of("src", "test", "resources", "bad-input", "vectors.tsv");

    private static final Pattern TIMES = Pattern.compile("\\{(\\d+)\\*(.*?)}", Pattern.DOTALL);
    private static final String PRELABELS = "POST /v1/models/coco/prelabels HTTP/1.1\r\nHost: localhost\r\n";

    static List<BadVector> all() {
        try {
            return Files.readAllLines(TABLE).stream()
                    .filter(line -> !line.startsWith("#"))
                    .map(BadVector::of)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static BadVector of(String line) {
        String[] columns = line.split("\t", -1);
        if (columns.length != 6) {
            throw new IllegalStateException(line + " (expected: 6 columns)");
        }
        return new BadVector(columns[0], columns[1], columns[2], columns[3], columns[4], columns[5]);
    }

    /// Whether another test sends it.
    boolean isHeld() {
        return kind.equals("held");
    }

    boolean isToManagement() {
        return kind.equals("manage");
    }

    byte[] request() {
        byte[] bytes = bytes(what);
        return switch (kind) {
            case "raw", "manage" -> bytes;
            case "json" -> post(PRELABELS, "application/json", bytes);
            case "photo" ->
                post(
                        PRELABELS.replace("/v1/models/coco/prelabels", new String(bytes, StandardCharsets.ISO_8859_1)),
                        "image/png",
                        new byte[] {1, 2, 3});
            default -> throw new IllegalStateException(kind + " (expected: raw, manage, json, photo or held)");
        };
    }

    private static byte[] post(String head, String type, byte[] body) {
        String whole = head + "Content-Type: " + type + "\r\nContent-Length: " + body.length + "\r\n\r\n";
        return RawHttp.concat(whole.getBytes(StandardCharsets.ISO_8859_1), body);
    }

    private static byte[] bytes(String written) {
        Matcher times = TIMES.matcher(written);
        String text = times.replaceAll(
                found -> Matcher.quoteReplacement(found.group(2).repeat(Integer.parseInt(found.group(1)))));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
                continue;
            }
            char escape = text.charAt(++i);
            switch (escape) {
                case 'r' -> bytes.write('\r');
                case 'n' -> bytes.write('\n');
                case 't' -> bytes.write('\t');
                case '0' -> bytes.write(0);
                case '\\' -> bytes.write('\\');
                case 'x' -> {
                    bytes.write(Integer.parseInt(text.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                default -> throw new IllegalStateException("\\" + escape + " in " + written);
            }
        }
        return bytes.toByteArray();
    }

    @Override
    public String toString() {
        return id + " " + name;
    }
}
