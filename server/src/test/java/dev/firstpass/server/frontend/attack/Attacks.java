package dev.firstpass.server.frontend.attack;

import dev.firstpass.server.frontend.attack.Attack.Target;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/// Every attack there is.
///
/// Pure functions, but for the connections.
final class Attacks {
    private static final int PROTOCOL_ERROR = 1;
    private static final int FLOW_CONTROL_ERROR = 3;
    private static final int FRAME_SIZE_ERROR = 6;

    private static final int INITIAL_WINDOW = 4;
    private static final int MAX_HEADER_LIST = 6;
    private static final int WHOLE = Frames.END_STREAM | Frames.END_HEADERS;
    private static final int BURST = 500;
    private static final String LARGE = "/openapi.yaml";
    private static final String PRELABEL = "POST /v1/models/coco/prelabels HTTP/1.1\r\nHost: localhost\r\n";

    private Attacks() {}

    static List<Attack> all() {
        return Stream.of(quick(), patient(), heavy()).flatMap(List::stream).toList();
    }

    /// Those that wait for the server to lose its patience.
    static List<Attack> patient() {
        return Stream.of(slow(), trickling()).flatMap(List::stream).toList();
    }

    /// None: one of the machine's processors is busy, as it is while attackers are at work.
    static Attack busyNeighbour() {
        return new Attack("none, and a processor is busy", "", target -> {
            while (!target.isOver()) {
                Thread.onSpinWait();
            }
            return true;
        });
    }

    /// Those that are over at once.
    static List<Attack> quick() {
        List<Attack> all = new ArrayList<>();
        all.addAll(resets());
        all.addAll(floods());
        all.addAll(http2Heads());
        all.addAll(wrongFrames());
        all.addAll(http1());
        return all;
    }

    /// Streams that are opened and ended, by the one or the other.
    private static List<Attack> resets() {
        byte[] post = Frames.post("/v1/models/coco/prelabels");
        byte[] get = Frames.get("/v1/models");
        return List.of(
                streams("rapid reset", "resets", s -> Frames.join(Frames.headers(s, WHOLE, get), Frames.reset(s, 8))),
                streams(
                        "MadeYouReset by a window update of nothing",
                        "resets-caused",
                        s -> Frames.join(Frames.headers(s, Frames.END_HEADERS, post), Frames.windowUpdate(s, 0))),
                streams(
                        "MadeYouReset by a window too large",
                        "resets-caused",
                        s -> Frames.join(
                                Frames.headers(s, Frames.END_HEADERS, post),
                                Frames.windowUpdate(s, Integer.MAX_VALUE))),
                streams(
                        "MadeYouReset by data after the end",
                        "resets-caused",
                        s -> Frames.join(Frames.headers(s, WHOLE, get), Frames.data(s, 0, new byte[1]))),
                streams(
                        "MadeYouReset by a stream that depends on itself",
                        "resets-caused",
                        s -> Frames.join(Frames.headers(s, Frames.END_HEADERS, post), Frames.priority(s, s))),
                streams(
                        "streams beyond those allowed",
                        "idle-frames",
                        s -> Frames.headers(s, Frames.END_HEADERS, post)));
    }

    private static Attack streams(String name, String breach, IntFunction<byte[]> one) {
        return new Attack(name, breach, target -> {
            try (Line line = Line.http2(target.port())) {
                int stream = 1;
                while (!target.isOver()) {
                    ByteArrayOutputStream burst = new ByteArrayOutputStream();
                    for (int i = 0; i < BURST / 5; i++, stream += 2) {
                        burst.writeBytes(one.apply(stream));
                    }
                    if (!line.send(burst.toByteArray())) {
                        return line.awaitClosed();
                    }
                }
                return true;
            }
        });
    }

    private static List<Attack> floods() {
        byte[] open = Frames.headers(1, Frames.END_HEADERS, Frames.post("/v1/models/coco/prelabels"));
        byte[] continued = Frames.headers(1, 0, Frames.get("/v1/models"));
        return List.of(
                flood("pings", "idle-frames", new byte[0], Frames.ping()),
                flood("settings", "idle-frames", new byte[0], Frames.settings(INITIAL_WINDOW, 65_535)),
                flood("acknowledgements of settings", "", new byte[0], Frames.settingsAck()),
                flood("priorities", "idle-frames", new byte[0], Frames.priority(1001, 3)),
                flood("farewells", "idle-frames", new byte[0], Frames.goAway(Integer.MAX_VALUE, 0)),
                flood("frames of no type", "idle-frames", new byte[0], Frames.frame(99, 0, 0, new byte[0])),
                flood("data of one byte", "chunks", open, Frames.data(1, 0, new byte[1])),
                flood("empty data", "", open, Frames.data(1, 0, new byte[0])),
                flood("continuations", "http2", continued, Frames.continuation(1, 0, Frames.block("a", "b"))),
                flood("continuations of nothing", "http2", continued, Frames.continuation(1, 0, new byte[0])),
                deafFlood("pings, and nothing read", Frames.ping()),
                deafFlood("settings, and nothing read", Frames.settings(INITIAL_WINDOW, 65_535)));
    }

    private static Attack flood(String name, String breach, byte[] first, byte[] frame) {
        byte[] burst = Frames.times(BURST, frame);
        return new Attack("flood of " + name, breach, target -> {
            try (Line line = Line.http2(target.port())) {
                line.send(first);
                while (!target.isOver()) {
                    if (!line.send(burst)) {
                        return line.awaitClosed();
                    }
                }
                return false;
            }
        });
    }

    private static Attack deafFlood(String name, byte[] frame) {
        byte[] burst = Frames.times(BURST, frame);
        return new Attack("flood of " + name, "idle-frames", target -> {
            try (Line line = Line.deaf(target.port())) {
                line.send(Frames.join(Frames.PREFACE, Frames.settings()));
                return line.awaitBroken(burst);
            }
        });
    }

    private static List<Attack> http2Heads() {
        return List.of(
                answered("header table bomb", s -> Frames.headers(s, WHOLE, Frames.bomb(3000, 8000))),
                answered(
                        "stream ids that go down",
                        s -> Frames.join(
                                Frames.headers(s + 8, WHOLE, Frames.get("/v1/models")),
                                Frames.headers(s, WHOLE, Frames.get("/v1/models")))),
                answered(
                        "header list of 15 KB",
                        s -> Frames.headers(
                                s,
                                WHOLE,
                                Frames.join(Frames.get("/v1/models"), Frames.block("a", "b".repeat(15_000))))),
                answered("header list of 1 MB", s -> {
                    ByteArrayOutputStream all = new ByteArrayOutputStream();
                    all.writeBytes(Frames.headers(s, Frames.END_STREAM, Frames.get("/v1/models")));
                    byte[] piece = Frames.block("a", "b".repeat(15_000));
                    for (int i = 0; i < 70; i++) {
                        all.writeBytes(Frames.continuation(s, i == 69 ? Frames.END_HEADERS : 0, piece));
                    }
                    return all.toByteArray();
                }),
                largeHeads(
                        "1,500 tiny headers",
                        s -> Frames.headers(
                                s,
                                WHOLE,
                                Frames.join(Frames.get("/v1/models"), Frames.times(1500, Frames.block("a", "b"))))),
                new Attack("client that takes no header at all", "", target -> {
                    try (Line line = Line.http2(target.port(), MAX_HEADER_LIST, 1)) {
                        for (int i = 0; i < 20; i++) {
                            line.send(Frames.headers(2 * i + 1, WHOLE, Frames.get("/v1/models")));
                        }
                        return true;
                    }
                }));
    }

    private static Attack largeHeads(String name, IntFunction<byte[]> one) {
        return new Attack(name, "head-too-large", target -> {
            try (Line line = Line.http2(target.port())) {
                for (int stream = 1; !target.isOver(); stream += 2) {
                    if (!line.send(one.apply(stream))) {
                        return line.awaitClosed();
                    }
                }
                return false;
            }
        });
    }

    /// Sends a few on each connection: however the server takes it, it is over soon.
    private static Attack answered(String name, IntFunction<byte[]> one) {
        return new Attack(name, "", target -> {
            try (Line line = Line.http2(target.port())) {
                for (int i = 0; i < 20 && !target.isOver(); i++) {
                    if (!line.send(one.apply(2 * i + 1))) {
                        return line.awaitClosed();
                    }
                }
                return true;
            }
        });
    }

    private static List<Attack> wrongFrames() {
        byte[] get = Frames.get("/v1/models");
        return List.of(
                fatal(
                        "window of the connection too large",
                        FLOW_CONTROL_ERROR,
                        Frames.windowUpdate(0, Integer.MAX_VALUE)),
                fatal("stream id of a server", PROTOCOL_ERROR, Frames.headers(2, WHOLE, get)),
                fatal("frame too large", FRAME_SIZE_ERROR, Frames.data(1, 0, new byte[1 << 20])),
                fatal("ping of seven bytes", FRAME_SIZE_ERROR, Frames.frame(6, 0, 0, new byte[7])),
                fatal("data of a stream that was never opened", PROTOCOL_ERROR, Frames.data(77, 0, new byte[1])),
                fatal("continuation of nothing", PROTOCOL_ERROR, Frames.continuation(1, 0, new byte[1])));
    }

    private static Attack fatal(String name, int code, byte[] frames) {
        return new Attack(name, "http2", target -> {
            try (Line line = Line.http2(target.port())) {
                line.send(frames);
                return line.awaitClosed() && (line.goAway() < 0 || line.goAway() == code);
            }
        });
    }

    /// Those that take the time that the server allows.
    static List<Attack> slow() {
        return List.of(
                trickle("head that trickles in", "slow-head", "GET /v1/models HTTP/1.1\r\nX: ", "a", "HTTP/1.1 408"),
                trickle("first three bytes, and no more", "slow-head", "GET", "", ""),
                new Attack("reader of nothing", "slow-reader", target -> {
                    try (Line line = Line.deaf(target.port())) {
                        byte[] ask = ("GET " + LARGE + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII);
                        line.send(Frames.times(300, ask));
                        return line.awaitBroken(ask);
                    }
                }),
                new Attack("window that stays shut", "slow-reader", target -> {
                    try (Line line = Line.http2(target.port(), INITIAL_WINDOW, 0)) {
                        for (int i = 0; i < 50; i++) {
                            line.send(Frames.headers(2 * i + 1, WHOLE, Frames.get(LARGE)));
                        }
                        return line.awaitClosed();
                    }
                }));
    }

    /// Those that take the time that a body may take.
    static List<Attack> trickling() {
        return List.of(
                trickle(
                        "body that trickles in",
                        "",
                        PRELABEL + "Content-Type: image/png\r\nContent-Length: 100000\r\n\r\n",
                        "a",
                        "HTTP/1.1 408"),
                trickle(
                        "chunks that trickle in",
                        "",
                        PRELABEL + "Content-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n",
                        "1\r\na\r\n",
                        "HTTP/1.1 408"),
                new Attack("frame that trickles in", "slow-head", target -> {
                    try (Line line = Line.http2(target.port())) {
                        line.send(Frames.join(
                                Frames.headers(1, 0, Frames.get("/v1/models")),
                                new byte[] {0, 63, 0, 9, 0, 0, 0, 0, 1}));
                        return trickle(target, line, "a") && line.awaitClosed();
                    }
                }));
    }

    /// Those that ask for so much that they are left to the long run.
    static List<Attack> heavy() {
        return List.of(new Attack("asker who reads nothing", "unread", target -> {
            try (Line line = Line.deaf(target.port())) {
                byte[] ask = "GET /v1/formats HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
                for (int i = 0; i < 24 && line.send(Frames.times(BURST, ask)); i++) {}
                return line.awaitBroken(ask);
            }
        }));
    }

    private static Attack trickle(String name, String breach, String first, String more, String answer) {
        return new Attack(name, breach, target -> {
            try (Line line = Line.http1(target.port())) {
                line.send(first);
                return trickle(target, line, more) && line.awaitClosed() && hasGot(line, answer);
            }
        });
    }

    /// Where the client goes on sending, what it was told may be lost on the way.
    private static boolean hasGot(Line line, String answer) {
        return line.received().isEmpty() || line.received().startsWith(answer);
    }

    /// @return whether the server had enough of it
    private static boolean trickle(Target target, Line line, String more) throws InterruptedException {
        while (!target.isOver()) {
            if (line.isEnded() || !line.send(more)) {
                return true;
            }
            Thread.sleep(10);
        }
        return false;
    }

    private static List<Attack> http1() {
        String gzip = PRELABEL + "Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ";
        byte[] bomb = bomb(100 << 20);
        return List.of(
                new Attack("chunks of one byte", "chunks", target -> {
                    try (Line line = Line.http1(target.port())) {
                        line.send(PRELABEL + "Content-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n");
                        byte[] burst = Frames.times(4096, "1\r\na\r\n".getBytes(StandardCharsets.US_ASCII));
                        for (int i = 0; i < 256 && line.send(burst); i++) {}
                        return line.awaitClosed() && line.received().startsWith("HTTP/1.1 400");
                    }
                }),
                lines("headers without number", "malformed", 400, "a: b\r\n".repeat(1000)),
                lines("header without end", "head-too-large", 431, "a: " + "b".repeat(64_000) + "\r\n"),
                lines("two lengths", "malformed", 400, "Content-Length: 1\r\nContent-Length: 2\r\n"),
                lines(
                        "length beyond everything",
                        "body-too-large",
                        413,
                        "Expect: 100-continue\r\nContent-Length: 999999999999999\r\n"),
                new Attack("body that unfolds a thousandfold", "", target -> {
                    try (Line line = Line.http1(target.port())) {
                        line.send(Frames.join(
                                (gzip + bomb.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII), bomb));
                        return line.awaitReceived().matches("(?s)HTTP/1.1 41[35].*");
                    }
                }),
                new Attack("connections that break off in the body", "", target -> {
                    for (int i = 0; i < 50 && !target.isOver(); i++) {
                        try (Line line = Line.http1(target.port())) {
                            line.send(PRELABEL + "Content-Type: image/png\r\nContent-Length: 100\r\n\r\nabc");
                            line.breakOff();
                        }
                    }
                    return true;
                }),
                new Attack("connections that are half closed", "", target -> {
                    try (Line line = Line.http1(target.port())) {
                        line.send("GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n");
                        line.halfClose();
                        return line.awaitClosed();
                    }
                }),
                new Attack("more connections than one address may have", "connections-of-address", target -> {
                    List<Line> lines = new ArrayList<>();
                    try {
                        for (int i = 0; i <= target.connections(); i++) {
                            lines.add(Line.from(3, target.port()));
                        }
                        return lines.getLast().awaitClosed();
                    } finally {
                        for (Line line : lines) {
                            line.close();
                        }
                    }
                }));
    }

    private static Attack lines(String name, String breach, int status, String lines) {
        return new Attack(name, breach, target -> {
            try (Line line = Line.http1(target.port())) {
                line.send(PRELABEL + lines + "\r\n");
                return line.awaitClosed() && line.received().startsWith("HTTP/1.1 " + status);
            }
        });
    }

    private static byte[] bomb(int bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            byte[] zeros = new byte[1 << 16];
            for (int i = 0; i < bytes / zeros.length; i++) {
                out.write(zeros);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }
}
