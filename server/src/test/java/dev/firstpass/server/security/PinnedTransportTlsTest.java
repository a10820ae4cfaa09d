package dev.firstpass.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.firstpass.server.asset.Origin;
import dev.firstpass.server.asset.WebTransport;
import dev.firstpass.server.tls.TestPki;
import dev.firstpass.server.tls.TestPki.Issued;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Whoever answers at the address that was looked at has to prove the name, to an authority that is trusted, at this time.
final class PinnedTransportTlsTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final TestPki authority = new TestPki("images authority");
    private final AtomicInteger requests = new AtomicInteger();

    /// @return what the server with that certificate answers to one who asks for it by that name
    private String ask(PinnedTransport transport, Issued shown, String name) throws Exception {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(authority.client(shown)));
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            byte[] body = "photo".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        int port = server.getAddress().getPort();
        try (transport) {
            WebTransport.Call call = new WebTransport.Call(
                    URI.create("https://" + name + ":" + port + "/a.jpg"),
                    new Origin("https", name, port),
                    server.getAddress().getAddress(),
                    Map.of("authorization", "Token secret"),
                    Optional.empty());
            return new String(transport.send(call, 64, LONG).body(), StandardCharsets.UTF_8);
        } finally {
            server.stop(0);
        }
    }

    private PinnedTransport trusting(TestPki some) {
        return new PinnedTransport(List.of(some.certificate));
    }

    private void assertRefused(PinnedTransport transport, Issued shown, String name) {
        assertThrows(IOException.class, () -> ask(transport, shown, name));
        assertEquals(0, requests.get(), "neither a path nor a secret was sent");
    }

    @Test
    void certificateOfTheNameAndOfATrustedAuthority_isTaken() throws Exception {
        assertEquals("photo", ask(trusting(authority), authority.issue("localhost"), "localhost"));
        assertEquals("photo", ask(trusting(authority), authority.issue("localhost"), "127.0.0.1"));
        assertEquals(2, requests.get());
    }

    @Test
    void certificateOfAnotherName_isRefused() {
        assertRefused(trusting(authority), authority.issue("images.example.org"), "images.example.org");
    }

    @Test
    void certificateThatIsOver_orNotValidYet_isRefused() {
        Instant now = Instant.now();
        Duration day = Duration.ofDays(1);
        assertRefused(
                trusting(authority),
                authority.issue("localhost", now.minus(day.multipliedBy(2)), now.minus(day)),
                "localhost");
        assertRefused(
                trusting(authority),
                authority.issue("localhost", now.plus(day), now.plus(day.multipliedBy(2))),
                "localhost");
    }

    @Test
    void certificateOfAnUnknownAuthority_isRefused() {
        TestPki other = new TestPki("images authority");
        assertRefused(trusting(authority), other.issue("localhost"), "localhost");
        assertRefused(new PinnedTransport(), authority.issue("localhost"), "localhost");
    }

    /// A server without TLS where it was to have it gets nothing.
    @Test
    void serverWithoutTls_isRefused() throws IOException {
        try (ServerSocket plain = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                PinnedTransport transport = trusting(authority)) {
            Thread.ofVirtual().start(() -> {
                try (Socket connection = plain.accept()) {
                    connection
                            .getOutputStream()
                            .write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nphoto"
                                    .getBytes(StandardCharsets.UTF_8));
                } catch (IOException _) {
                    // The other end went.
                }
            });
            WebTransport.Call call = new WebTransport.Call(
                    URI.create("https://localhost:" + plain.getLocalPort() + "/"),
                    new Origin("https", "localhost", plain.getLocalPort()),
                    plain.getInetAddress(),
                    Map.of(),
                    Optional.empty());
            assertThrows(IOException.class, () -> transport.send(call, 64, LONG));
        }
    }
}
