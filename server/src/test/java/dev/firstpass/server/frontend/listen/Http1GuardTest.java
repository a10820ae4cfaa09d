package dev.firstpass.server.frontend.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.frontend.RawHttp.Answer;
import dev.firstpass.server.frontend.TestServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class Http1GuardTest {
    private static final String GOOD = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String WITHOUT_HOST = "GET /v1/models HTTP/1.1\r\n\r\n";

    private TestServer server;

    @BeforeAll
    void start() {
        server = new TestServer();
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /v1/models HTTP/1.1;Host: a;Host: a                                            | Host",
                "GET /v1/models HTTP/1.1;Host:                                                      | Host",
                "GET /v1/models HTTP/1.1                                                            | Host",
                "GET /v1/models HTTP/1.0                                                            | Host",
                "GET /v1/models HTTP/1.2;Host: localhost                                            | version",
                "GET /v1/models http/1.1;Host: localhost                                            | version",
                "GET /v1/models Http/1.0;Host: localhost                                            | version",
                "POST /v1/models HTTP/1.1;Host: localhost;Transfer-Encoding: gzip, chunked          | Transfer-Encoding",
                "POST /v1/models HTTP/1.1;Host: localhost;Transfer-Encoding: x;Transfer-Encoding: chunked | Transfer-Encoding",
                "POST /v1/models HTTP/1.1;Host: localhost;Connection: close, Content-Length         | Connection",
                "POST /v1/models HTTP/1.1;Host: localhost;Connection: Host                          | Connection",
            })
    void request_thatTheLibraryWouldMend_isRefused(String lines, String field) {
        String request = lines.replace(";", "\r\n") + "\r\n\r\n";

        assertRefused(RawHttp.exchange(server.port(), request.getBytes(StandardCharsets.US_ASCII)), field);
    }

    @Test
    void requests_byteByByte_areReadTheSame() throws IOException {
        try (Socket socket = RawHttp.connect(server.port())) {
            trickle(socket, GOOD);
            assertEquals(200, RawHttp.read(socket.getInputStream(), false).status());
            trickle(socket, WITHOUT_HOST);
            assertRefused(RawHttp.read(socket.getInputStream(), false), "Host");
        }
    }

    @Test
    void requests_inOnePiece_areGuardedFromTheFirstToTheLast() throws IOException {
        try (Socket socket = RawHttp.connect(server.port())) {
            socket.getOutputStream().write((GOOD + GOOD + WITHOUT_HOST + GOOD).getBytes(StandardCharsets.US_ASCII));

            assertEquals(200, RawHttp.read(socket.getInputStream(), false).status());
            assertEquals(200, RawHttp.read(socket.getInputStream(), false).status());
            assertRefused(RawHttp.read(socket.getInputStream(), false), "Host");
            assertEquals(-1, socket.getInputStream().read(), "the connection was to be closed");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Upgrade, HTTP2-Settings | h2c            | HTTP2-Settings: AAMAAABkAAQAAP__",
                "upgrade, http2-settings | websocket, h2c | HTTP2-Settings: AAMAAABkAAQAAP__",
                "Upgrade, HTTP2-Settings | h2c            | HTTP2-Settings: broken",
                "Upgrade                 | websocket      | Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==;Sec-WebSocket-Version: 13",
            })
    void upgrade_isNotTaken_andTheConnectionGoesOn(String connection, String protocol, String headers)
            throws IOException {
        String upgrade =
                "\r\nConnection: " + connection + "\r\nUpgrade: " + protocol + "\r\n" + headers.replace(";", "\r\n");
        String get = GOOD.replace("\r\n\r\n", upgrade + "\r\n\r\n");
        String post = "POST /v1/models HTTP/1.1\r\nHost: localhost" + upgrade + "\r\nContent-Length: 2\r\n\r\n{}";
        try (Socket socket = RawHttp.connect(server.port())) {
            socket.getOutputStream().write((get + post + GOOD).getBytes(StandardCharsets.US_ASCII));

            assertEquals(200, RawHttp.read(socket.getInputStream(), false).status());
            assertEquals(405, RawHttp.read(socket.getInputStream(), false).status());
            assertEquals(200, RawHttp.read(socket.getInputStream(), false).status());
        }
    }

    @Test
    void upgrade_ofARequestThatIsRefused_isNotTakenEither() {
        String upgrade = "Connection: Upgrade, HTTP2-Settings;Upgrade: h2c;HTTP2-Settings: AAMAAABkAAQAAP__";
        String request = WITHOUT_HOST.replace("\r\n\r\n", "\r\n" + upgrade.replace(";", "\r\n") + "\r\n\r\n");

        assertRefused(RawHttp.exchange(server.port(), request.getBytes(StandardCharsets.US_ASCII)), "Host");
    }

    /// A method that nobody knows, and an expectation, which the library looks at first.
    @Test
    void unknownMethod_thatExpectsToGoOn_isRefusedAsOne() {
        String request =
                "GEST /v1/models HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
        Answer answer = RawHttp.exchange(server.port(), request.getBytes(StandardCharsets.US_ASCII));

        assertEquals(405, answer.status(), answer::body);
        assertEquals(
                "METHOD_NOT_ALLOWED",
                TestServer.json(answer.body()).path("reason").asText());
    }

    @Test
    void client_thatGoesAwayInItsHead_breaksNothing() throws Exception {
        double before = malformed();
        try (Socket socket = RawHttp.connect(server.port())) {
            socket.getOutputStream().write("GET /v1/models HTTP/1.1\r\nHost: lo".getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            assertEquals(-1, socket.getInputStream().read());
        }
        assertEquals(before, malformed());
        assertRefused(RawHttp.exchange(server.port(), WITHOUT_HOST.getBytes(StandardCharsets.US_ASCII)), "Host");
        assertEquals(before + 1, malformed());
    }

    private double malformed() {
        return server.backend
                .metrics()
                .registry()
                .get("firstpass.wire.refused")
                .tag("reason", "malformed")
                .counter()
                .count();
    }

    private static void trickle(Socket socket, String request) throws IOException {
        socket.setTcpNoDelay(true);
        OutputStream out = socket.getOutputStream();
        for (byte b : request.getBytes(StandardCharsets.US_ASCII)) {
            out.write(b);
            out.flush();
        }
    }

    private static void assertRefused(Answer answer, String field) {
        assertEquals(400, answer.status(), answer::body);
        assertEquals(
                "ARGUMENT_INVALID",
                TestServer.json(answer.body()).path("reason").asText());
        assertEquals(field, TestServer.json(answer.body()).path("field").asText(), answer::body);
    }
}
