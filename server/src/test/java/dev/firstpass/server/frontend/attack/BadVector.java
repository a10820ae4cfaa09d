package dev.firstpass.server.frontend.attack;

import dev.firstpass.server.frontend.RawHttp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A line of the table of bad input.
///
/// Immutable.
///
/// @param id letter and number of the catalogue
/// @param kind how `what` is meant; the table's head says which there are
/// @param status of HTTP, the name of gRPC's code, or the code with which HTTP/2 has the stream reset
/// @param reason its code, or `-` where the answer has none
record BadVector(String id, String name, String kind, String status, String reason, String what) {
    static final Path TABLE = Path.of("src", "test", "resources", "bad-input", "vectors.tsv");

    private static final Pattern TIMES = Pattern.compile("\\{(\\d+)\\*(.*?)}", Pattern.DOTALL);
    private static final String TYPE = "content-type";
    private static final String JSON = "application/json";
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

    /// Whether it can be sent as one request of HTTP/1.1, which [#request] gives.
    boolean isHttp1() {
        return switch (kind) {
            case "raw", "manage", "json", "photo", "door" -> true;
            default -> false;
        };
    }

    /// Whether it can be sent as one request of HTTP/2: [#block] and [#body].
    boolean isHttp2() {
        return switch (kind) {
            case "h2", "door" -> true;
            default -> false;
        };
    }

    boolean isGrpc() {
        return kind.equals("grpc");
    }

    /// Of gRPC: `/service/Method`; of a door `POST /path`.
    String target() {
        return new String(lines(), StandardCharsets.ISO_8859_1).split("\n", 2)[0];
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
            case "door" -> {
                StringBuilder head = new StringBuilder(target()).append(" HTTP/1.1\r\nHost: localhost\r\n");
                fields().forEach((name, value) ->
                        head.append(name).append(": ").append(value).append("\r\n"));
                yield post(head.toString(), JSON, body());
            }
            default -> throw new IllegalStateException(kind + " (expected: raw, manage, json, photo or door)");
        };
    }

    /// The header block of HTTP/2: what stands there, or what a door's client would write.
    byte[] block() {
        if (!kind.equals("door")) {
            List<String> all = new ArrayList<>();
            for (String line : new String(lines(), StandardCharsets.ISO_8859_1).split("\n", -1)) {
                int colon = line.indexOf(": ", 0);
                all.add(line.substring(0, colon));
                all.add(line.substring(colon + 2));
            }
            return Frames.block(all.toArray(String[]::new));
        }
        String[] target = target().split(" ", 2);
        List<String> all = new ArrayList<>(
                List.of(":method", target[0], ":scheme", "http", ":path", target[1], ":authority", "localhost"));
        Map<String, String> fields = fields();
        fields.putIfAbsent(TYPE, JSON);
        fields.forEach((name, value) -> all.addAll(List.of(name, value)));
        return Frames.block(all.toArray(String[]::new));
    }

    /// What stands behind the empty line; of gRPC the message.
    byte[] body() {
        byte[] bytes = bytes(what);
        int at = lines().length + (isGrpc() ? 1 : 2);
        return at >= bytes.length ? new byte[0] : Arrays.copyOfRange(bytes, at, bytes.length);
    }

    /// What stands before the empty line; of gRPC before the line's end.
    private byte[] lines() {
        byte[] bytes = bytes(what);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(isGrpc() ? "\n" : "\n\n");
        return at < 0 ? bytes : Arrays.copyOf(bytes, at);
    }

    private Map<String, String> fields() {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String line : List.of(new String(lines(), StandardCharsets.ISO_8859_1).split("\n", -1))) {
            int colon = line.indexOf(": ");
            if (colon > 0) {
                fields.put(line.substring(0, colon), line.substring(colon + 2));
            }
        }
        return fields;
    }

    private static byte[] post(String head, String type, byte[] body) {
        String typed = head.contains(TYPE) ? head : head + "Content-Type: " + type + "\r\n";
        String whole = typed + "Content-Length: " + body.length + "\r\n\r\n";
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
