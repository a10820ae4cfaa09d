package dev.firstpass.server.frontend.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.frontend.TestServer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Heads of HTTP/2 that are as they should be, or that nobody can tell from such. Those that are not are in the table of bad input
/// (kind `h2`).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class Http2HeadsTest {
    private static final byte[] NOTHING = {};
    private static final String[] GET = {
        ":method", "GET", ":scheme", "http", ":path", "/v1/models", ":authority", "localhost"
    };

    @AutoClose
    private final TestServer server = new TestServer();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "te|trailers",
                "host|localhost",
                "host|LocalHost",
                "x|",
                "x|a b",
                "x| a",
                // What a client sends whose token was never set; where tokens are asked for it is told so.
                "authorization|Bearer ",
                // The library has made it lower case before anybody can see it.
                "X-Capital|a",
                "Host|localhost"
            })
    void head_withAField_isAnswered(String field) {
        String[] parts = field.split("\\|", 2);

        assertEquals(200, ask(Stream.concat(Stream.of(GET), Stream.of(parts))).status());
    }

    @Test
    void head_ofAProxy_isAnswered() {
        assertEquals(
                200,
                ask(Stream.of(GET).map(part -> part.equals("http") ? "https" : part))
                        .status());
        assertEquals(
                200,
                ask(Stream.of(GET).map(part -> part.equals(":authority") ? "host" : part))
                        .status());
    }

    @Test
    void trailers_areTaken_withoutPseudoFieldsAlone() {
        assertEquals(200, post(Frames.block("a", "b")).status());
        assertEquals(
                "RST_STREAM PROTOCOL_ERROR",
                post(Frames.block(":path", "/v1/models")).ended());
        assertEquals(
                "RST_STREAM PROTOCOL_ERROR",
                post(Frames.block("connection", "close")).ended());
    }

    /// A client that goes on is told to go (ADR 29): such a head costs as much as any frame that is wrong.
    @Test
    void heads_thatAreMalformed_areCounted_andEndTheConnection() {
        byte[] twice = Frames.join(Frames.get("/v1/models"), Frames.block(":path", "/v1/models"));
        byte[][] all = new byte[100][];
        for (int i = 0; i < all.length; i++) {
            all[i] = Frames.headers(2 * i + 3, Frames.END_HEADERS | Frames.END_STREAM, twice);
        }

        assertEquals(
                "GOAWAY ENHANCE_YOUR_CALM",
                Http2Exchange.of(server.port(), Frames.join(all)).ended());
        assertTrue(server.backend.metrics().scrape().contains("firstpass_wire_refused_total{reason=\"malformed\"}"));
    }

    private Http2Exchange ask(Stream<String> head) {
        return Http2Exchange.of(server.port(), Frames.block(head.toArray(String[]::new)), NOTHING);
    }

    private Http2Exchange post(byte[] trailers) {
        byte[] head = Frames.join(Frames.post("/v1/models/coco/prelabels"), Frames.block("content-type", "image/png"));
        return Http2Exchange.of(
                server.port(),
                Frames.join(
                        Frames.headers(1, Frames.END_HEADERS, head),
                        Frames.data(1, 0, new byte[] {1, 2, 3}),
                        Frames.headers(1, Frames.END_HEADERS | Frames.END_STREAM, trailers)));
    }
}
