package dev.firstpass.server.security;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.firstpass.server.asset.Origin;
import dev.firstpass.server.asset.WebTransport;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PinnedTransportTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final BlockingQueue<List<String>> seen = new LinkedBlockingQueue<>();
    private final PinnedTransport transport = new PinnedTransport();
    private final HttpServer server;

    PinnedTransportTest() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    @BeforeAll
    void start() {
        server.createContext("/", exchange -> {
            seen.add(List.of(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    exchange.getRequestHeaders().getFirst("Host"),
                    String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")),
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
            if (exchange.getRequestURI().getPath().equals("/moved")) {
                exchange.getResponseHeaders().add("Location", "/elsewhere");
                exchange.sendResponseHeaders(302, -1);
            } else {
                byte[] body = new byte[100];
                exchange.sendResponseHeaders(200, body.length);
                try (OutputStream out = exchange.getResponseBody()) {
                    out.write(body);
                }
            }
            exchange.close();
        });
        server.start();
    }

    @AfterAll
    void stop() {
        transport.close();
        server.stop(0);
    }

    private WebTransport.Call call(String path, Optional<String> post) {
        int port = server.getAddress().getPort();
        return new WebTransport.Call(
                URI.create("http://images.example.org:" + port + path),
                new Origin("http", "images.example.org", port),
                InetAddress.getLoopbackAddress(),
                Map.of("authorization", "Token secret"),
                post);
    }

    /// The name is one that nobody knows, so nobody can have looked it up again.
    @Test
    void get_callsTheAddressByTheHostsName() throws Exception {
        WebTransport.Reply reply =
                transport.send(call("/a%20b%2Bc/%7E/%C3%BC//d?c=d%20e%2B%3D", Optional.empty()), 100, LONG);

        assertEquals(200, reply.status());
        assertArrayEquals(new byte[100], reply.body());
        assertEquals(
                List.of(
                        "GET",
                        "/a%20b%2Bc/%7E/%C3%BC//d?c=d%20e%2B%3D",
                        "images.example.org:" + server.getAddress().getPort(),
                        "Token secret",
                        ""),
                seen.take());
    }

    @Test
    void post_sendsItsBody_andARedirectIsNotFollowed() throws Exception {
        WebTransport.Reply reply = transport.send(call("/moved", Optional.of("{}")), 100, LONG);

        assertEquals(302, reply.status());
        assertEquals(Optional.of("/elsewhere"), reply.location());
        assertEquals("{}", seen.take().getLast());
        assertEquals(List.of(), List.copyOf(seen));
    }

    @Test
    void body_overTheLimit_isTooLarge() {
        assertThrows(WebTransport.TooLarge.class, () -> transport.send(call("/", Optional.empty()), 99, LONG));
        seen.clear();
    }

    /// Nothing goes on being read for nobody.
    @Test
    void callThatIsInterrupted_letsItsConnectionGo() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            FutureTask<InterruptedException> call = new FutureTask<>(() ->
                    assertThrows(InterruptedException.class, () -> transport.send(to(silent, "http"), 100, LONG)));
            Thread caller = Thread.startVirtualThread(call);
            try (Socket connection = silent.accept()) {
                InputStream in = connection.getInputStream();
                assertEquals('G', in.read());
                caller.interrupt();
                connection.setSoTimeout(20_000);
                assertDoesNotThrow(() -> in.transferTo(OutputStream.nullOutputStream()));
                assertEquals(InterruptedException.class, call.get().getClass());
            }
        }
    }

    /// A server that takes the connection and says nothing, not even who it is.
    @Test
    void handshake_thatDoesNotCome_countsTowardsTheTime() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            long began = System.nanoTime();
            assertThrows(
                    WebTransport.Late.class, () -> transport.send(to(silent, "https"), 100, Duration.ofMillis(100)));
            long took = System.nanoTime() - began;
            assertTrue(took < Duration.ofSeconds(4).toNanos(), () -> "it took " + took + " ns");
        }
    }

    private static WebTransport.Call to(ServerSocket server, String scheme) {
        return new WebTransport.Call(
                URI.create(scheme + "://images.example.org:" + server.getLocalPort() + "/a.jpg"),
                new Origin(scheme, "images.example.org", server.getLocalPort()),
                InetAddress.getLoopbackAddress(),
                Map.of(),
                Optional.empty());
    }

    @Test
    void nobodyThere_isAnError() throws IOException {
        int free;
        try (var socket = new ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        WebTransport.Call call = new WebTransport.Call(
                URI.create("http://127.0.0.1:" + free + "/"),
                new Origin("http", "127.0.0.1", free),
                InetAddress.getLoopbackAddress(),
                Map.of(),
                Optional.empty());

        IOException thrown = assertThrows(IOException.class, () -> transport.send(call, 100, LONG));
        assertEquals(IOException.class, thrown.getClass());
    }
}
