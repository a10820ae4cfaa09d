package dev.firstpass.server.frontend.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.firstpass.server.config.Authentication;
import dev.firstpass.server.config.IdentityConfig;
import dev.firstpass.server.frontend.FakeBackend;
import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.frontend.RawHttp.Answer;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.tls.TestPki;
import dev.firstpass.server.tls.TlsFiles;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Both listeners behind TLS: what holds without it holds with it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TlsTest {
    /// The type of a record.
    private static final int ALERT = 21;

    private static final String GOOD = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String WITHOUT_HOST = "GET /v1/models HTTP/1.1\r\n\r\n";
    private static final Pattern EXPIRY = Pattern.compile("(?m)^firstpass_tls_certificate_expiry_seconds (\\S+)$");

    private final TestPki authority = new TestPki("authority");
    private Path folder = Path.of("");
    private TlsFiles files;
    private TestServer server;

    @BeforeAll
    void start(@TempDir Path temp) {
        folder = temp;
        files = authority.issue("server").write(temp, "server");
        server = TestServer.identified(
                Authentication.NONE, new IdentityConfig(Optional.of(files), Map.of(), Optional.empty()));
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private SSLSocket connect() throws IOException {
        SSLSocket socket = (SSLSocket) authority.client().getSocketFactory().createSocket("127.0.0.1", server.port());
        socket.setSoTimeout(10_000);
        socket.startHandshake();
        return socket;
    }

    private static void write(SSLSocket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
    }

    private static Certificate shown(SSLSocket socket) throws IOException {
        return socket.getSession().getPeerCertificates()[0];
    }

    @Test
    void bothListeners_overBothVersionsOfHttp_answer() throws Exception {
        assertEquals("https", server.listeners.dataUri().getScheme());
        for (HttpClient.Version version : HttpClient.Version.values()) {
            if (version.name().equals("HTTP_3")) {
                continue;
            }
            try (HttpClient client = HttpClient.newBuilder()
                    .sslContext(authority.client())
                    .version(version)
                    .build()) {
                for (URI root : new URI[] {server.listeners.dataUri(), server.listeners.managementUri()}) {
                    HttpResponse<String> answer = client.send(
                            HttpRequest.newBuilder(root.resolve("/livez")).build(), BodyHandlers.ofString());
                    assertEquals(200, answer.statusCode());
                    assertEquals(version, answer.version());
                }
            }
        }
    }

    @Test
    void grpc_onItsOwnPort_answers() {
        int port = server.listeners.grpcPort().orElseThrow();
        try (ClientFactory factory = ClientFactory.builder()
                .tlsCustomizer(tls -> tls.trustManager(authority.certificate))
                .build()) {
            HealthGrpc.HealthBlockingStub health = GrpcClients.builder("https://127.0.0.1:" + port)
                    .factory(factory)
                    .build(HealthGrpc.HealthBlockingStub.class);
            assertEquals(
                    ServingStatus.SERVING,
                    health.check(HealthCheckRequest.getDefaultInstance()).getStatus());
        }
    }

    @Test
    void plainHttp_andOtherAuthorities_getNoAnswer() {
        assertThrows(
                java.io.UncheckedIOException.class,
                () -> RawHttp.exchange(server.port(), GOOD.getBytes(StandardCharsets.US_ASCII)));
        TestPki other = new TestPki("other");
        assertThrows(SSLHandshakeException.class, () -> {
            try (SSLSocket socket =
                    (SSLSocket) other.client().getSocketFactory().createSocket("127.0.0.1", server.port())) {
                socket.startHandshake();
            }
        });
    }

    /// What is no handshake, or a piece of one and then no more: the connection is ended, and others are made as ever.
    @ParameterizedTest
    @ValueSource(
            strings = {
                // Nothing of TLS.
                "00000000000000000000000000000000",
                "ffffffffffffffffffffffffffffffff",
                "505249202a20485454502f322e300d0a0d0a",
                // A record of a handshake that is longer than one may be; of nothing; an alert; data before any key.
                "160301ffff0100",
                "1603010000",
                "15030300020228",
                "1703030005aaaaaaaaaa",
                // A ClientHello of 16 MiB, one whose lists are longer than itself, and the beginning of one.
                "1603010009 01ffffff0303aaaaaa",
                "160301002d 01000029 0303 0000000000000000000000000000000000000000000000000000000000000000 ff00ffff01",
                "160301020001"
            })
    void handshakes_thatAreNone_areEnded_andOthersAreAnswered(String hex) throws IOException {
        try (Socket socket = RawHttp.connect(server.port())) {
            socket.getOutputStream().write(HexFormat.of().parseHex(hex.replace(" ", "")));
            socket.shutdownOutput();
            // Nothing but an alert of TLS, if anything.
            int first = socket.getInputStream().read();
            assertTrue(first == -1 || first == ALERT, () -> "answered with " + first);
        } catch (SocketException _) {
            // Broken off: ended as well.
        }
        try (SSLSocket socket = connect()) {
            write(socket, GOOD);
            assertEquals(200, RawHttp.read(socket.getInputStream(), false).status());
        }
    }

    @Test
    void http1_isGuardedFromTheFirstRequestToTheLast() throws IOException {
        try (SSLSocket socket = connect()) {
            write(socket, WITHOUT_HOST);
            assertRefused(RawHttp.read(socket.getInputStream(), false));
        }
        try (SSLSocket socket = connect()) {
            write(socket, GOOD + GOOD + WITHOUT_HOST + GOOD);
            assertEquals(200, RawHttp.read(socket.getInputStream(), false).status());
            assertEquals(200, RawHttp.read(socket.getInputStream(), false).status());
            assertRefused(RawHttp.read(socket.getInputStream(), false));
            assertEquals(-1, socket.getInputStream().read(), "the connection was to be closed");
        }
    }

    private static void assertRefused(Answer answer) {
        assertEquals(400, answer.status(), answer::body);
        assertEquals("Host", TestServer.json(answer.body()).path("field").asText(), answer::body);
    }

    /// What a server that goes down waits for.
    @Test
    void request_ofWhichTheBodyIsNotThereYet_isUnderWay() throws Exception {
        CountDownLatch began = new CountDownLatch(1);
        server.backend.behaviour = request -> {
            began.countDown();
            return FakeBackend.answer(request);
        };
        try (SSLSocket socket = connect()) {
            write(
                    socket,
                    "POST /v1/models/coco/prelabels HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
                            + "Content-Length: 3\r\n\r\na");
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            while (server.listeners.underWay() == 0 && System.nanoTime() < until) {
                Thread.onSpinWait();
            }
            assertEquals(1, server.listeners.underWay());
            write(socket, "bc");
            assertTrue(began.await(10, TimeUnit.SECONDS));
            assertEquals(200, RawHttp.read(socket.getInputStream(), false).status());
        }
    }

    /// Fault 34: a certificate that is renewed.
    @Test
    void newConnections_getTheNewCertificate_andOldOnesLiveOn() throws IOException {
        try (SSLSocket old = connect()) {
            write(old, GOOD);
            assertEquals(200, RawHttp.read(old.getInputStream(), false).status());
            Certificate before = shown(old);

            TestPki.Issued renewed = authority.issue("renewed");
            renewed.write(folder, "server");
            server.listeners.lookAtCertificate();

            try (SSLSocket young = connect()) {
                write(young, GOOD);
                assertEquals(200, RawHttp.read(young.getInputStream(), false).status());
                assertEquals(renewed.certificate(), shown(young));
            }
            write(old, GOOD);
            assertEquals(200, RawHttp.read(old.getInputStream(), false).status());
            assertEquals(before, shown(old));
            assertEquals(expiry(renewed), told());
        }
        assertTrue(server.backend.metrics().scrape().contains("firstpass_tls_reloads_total{outcome=\"renewed\"}"));
    }

    private static double expiry(TestPki.Issued issued) {
        return issued.certificate().getNotAfter().toInstant().getEpochSecond();
    }

    private double told() {
        return EXPIRY.matcher(server.backend.metrics().scrape())
                .results()
                .mapToDouble(found -> Double.parseDouble(found.group(1)))
                .findFirst()
                .orElse(Double.NaN);
    }
}
