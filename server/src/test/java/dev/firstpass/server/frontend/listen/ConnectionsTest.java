package dev.firstpass.server.frontend.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.ConnectionPoolListener;
import com.linecorp.armeria.client.ConnectionPoolListenerAdapter;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.SessionProtocol;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.config.ListenerConfig;
import dev.firstpass.server.config.ServerConfig;
import dev.firstpass.server.config.WireLimits;
import dev.firstpass.server.frontend.FakeBackend;
import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.frontend.RawHttp.Answer;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.pipeline.PrelabelAnswer;
import io.micrometer.core.instrument.Counter;
import io.netty.util.AttributeMap;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// Connections that stall, break off or must be let go.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConnectionsTest {
    private static final String HEAD =
            "POST /v1/models/coco/prelabels HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n";

    @AutoClose
    private final TestServer server = new TestServer(Limits.STANDARD.withBodyTimeout(Duration.ofSeconds(1)));

    @BeforeEach
    void forget() {
        server.backend.behaviour = FakeBackend::answer;
        server.backend.requests.clear();
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
    }

    private static Answer post(TestServer server, String query) {
        String head = "POST /v1/models/coco/prelabels" + query + " HTTP/1.1\nContent-Type: image/png";
        return RawHttp.send(server.port(), head, new byte[] {1, 2, 3});
    }

    private static void assertAnswers(TestServer server) {
        Answer good = post(server, "");
        assertEquals(200, good.status(), good.body());
    }

    private static void assertTimesOut(TestServer server, String beginning) throws IOException {
        try (Socket socket = RawHttp.connect(server.port())) {
            write(socket, beginning);
            InputStream in = socket.getInputStream();
            Answer answer = RawHttp.read(in, false);

            assertEquals(408, answer.status());
            assertEquals(
                    "REQUEST_TIMEOUT",
                    TestServer.json(answer.body()).path("reason").textValue());
            assertEquals(-1, in.read(), "the connection is closed");
        }
        assertAnswers(server);
    }

    @Test
    void body_thatStalls_timesOutAndIsClosed() throws IOException {
        assertTimesOut(server, HEAD + "Content-Length: 100\r\n\r\nabc");
    }

    @Test
    void chunkedBody_thatStalls_timesOutAndIsClosed() throws IOException {
        assertTimesOut(server, HEAD + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    }

    @Test
    void answer_thatTakesTooLong_exceedsItsDeadlineAndIsInterrupted() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        server.backend.behaviour = _ -> sleepUntilInterrupted(interrupted);
        Answer answer = post(server, "?timeout=300ms");

        assertEquals(504, answer.status());
        assertEquals(
                "DEADLINE_EXCEEDED",
                TestServer.json(answer.body()).path("reason").textValue());
        assertTrue(interrupted.await(5, TimeUnit.SECONDS));
        server.backend.behaviour = FakeBackend::answer;
        assertAnswers(server);
    }

    @Test
    void client_thatGoesAway_isInterruptedAndCountedAsCancelled() throws Exception {
        CountDownLatch began = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        server.backend.behaviour = _ -> {
            began.countDown();
            return sleepUntilInterrupted(interrupted);
        };
        try (Socket socket = RawHttp.connect(server.port())) {
            write(socket, HEAD + "Content-Length: 3\r\n\r\nabc");
            assertTrue(began.await(5, TimeUnit.SECONDS));
        }
        assertTrue(interrupted.await(5, TimeUnit.SECONDS));
        server.backend.behaviour = FakeBackend::answer;
        assertAnswers(server);
        assertTrue(
                server.backend.metrics().scrape().contains("code=\"499\",model=\"coco\",reason=\"CANCELLED\""),
                () -> server.backend.metrics().scrape());
    }

    @Test
    void client_thatGoesAwayInItsBody_isCountedAsCancelledAndDoesNoHarm() throws Exception {
        try (Socket socket = RawHttp.connect(server.port())) {
            write(socket, HEAD + "Content-Length: 1000\r\n\r\nabc");
        }
        assertAnswers(server);
        assertEquals(1, server.backend.requests.size());
        awaitCounted("code=\"499\",model=\"\",reason=\"CANCELLED\",result=\"cancelled\"");
    }

    private void awaitCounted(String labels) throws InterruptedException {
        for (int i = 0; i < 500 && !server.backend.metrics().scrape().contains(labels); i++) {
            Thread.sleep(10);
        }
        assertTrue(
                server.backend.metrics().scrape().contains(labels),
                () -> server.backend.metrics().scrape());
    }

    private static PrelabelAnswer sleepUntilInterrupted(CountDownLatch interrupted) {
        try {
            Thread.sleep(Duration.ofSeconds(20));
            throw new IllegalStateException("was not interrupted");
        } catch (InterruptedException e) {
            interrupted.countDown();
            throw new CompletionException(e);
        }
    }

    @Test
    void connection_isKeptAfterARefusal() throws IOException {
        try (Socket socket = RawHttp.connect(server.port())) {
            write(socket, "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertEquals(404, RawHttp.read(socket.getInputStream(), false).status());
            write(socket, HEAD + "Content-Length: 3\r\n\r\nabc");
            assertEquals(200, RawHttp.read(socket.getInputStream(), false).status());
        }
    }

    @Test
    void head_thatIsTooLarge_isRefused() throws IOException {
        Answer longLine = RawHttp.send(server.port(), "GET /" + "x".repeat(9000) + " HTTP/1.1");
        Answer longHeaders = RawHttp.send(server.port(), "GET / HTTP/1.1\nX: " + "x".repeat(9000));

        assertEquals(414, longLine.status());
        assertEquals(431, longHeaders.status());
        assertEquals(
                "REQUEST_TOO_LARGE",
                TestServer.json(longLine.body()).path("reason").textValue());
        assertEquals(
                "REQUEST_TOO_LARGE",
                TestServer.json(longHeaders.body()).path("reason").textValue());
        assertAnswers(server);
    }

    @Test
    void close_waitsForRequestsInFlight() throws Exception {
        CountDownLatch began = new CountDownLatch(1);
        TestServer closing = new TestServer();
        closing.backend.behaviour = request -> {
            began.countDown();
            sleep(500);
            return FakeBackend.answer(request);
        };
        CompletableFuture<Integer> status =
                CompletableFuture.supplyAsync(() -> post(closing, "").status());
        assertTrue(began.await(5, TimeUnit.SECONDS));
        closing.close();

        assertEquals(200, status.get(5, TimeUnit.SECONDS));
    }

    /// Nothing is left unanswered then, and nobody waits for bytes that would be dropped.
    @Test
    void close_doesNotWaitForTheBodyOfARequestThatIsAnswered() throws Exception {
        TestServer closing = new TestServer();
        try (Socket socket = RawHttp.connect(closing.port())) {
            write(socket, "POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n");
            assertEquals(404, RawHttp.read(socket.getInputStream(), false).status());
            closing.close();
            assertEquals(0, closing.listeners.abandoned());
        }
    }

    @Test
    @Timeout(60)
    void bodyOfARequestThatIsAnswered_isNotTakenForEver() throws IOException {
        try (TestServer server = new TestServer(Limits.STANDARD.withBodyTimeout(Duration.ofMillis(900)));
                Socket socket = RawHttp.connect(server.port())) {
            write(socket, "POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n");
            InputStream in = socket.getInputStream();
            assertEquals(404, RawHttp.read(in, false).status());
            socket.setSoTimeout(50);
            boolean isOpen = true;
            while (isOpen) {
                try {
                    write(socket, "a");
                    isOpen = in.read() >= 0;
                } catch (SocketTimeoutException _) {
                    // It is taken still.
                } catch (SocketException _) {
                    isOpen = false;
                }
            }
            assertEquals(
                    1.0,
                    server.backend
                            .metrics()
                            .registry()
                            .get("firstpass.wire.refused")
                            .tag("reason", "slow-body")
                            .counter()
                            .count());
        }
    }

    /// As many as are allowed, and the end that brings nothing.
    @Test
    void chunksOfAByte_asManyAsTheyMayBe_areABody() throws IOException {
        try (Socket socket = RawHttp.connect(server.port())) {
            write(socket, "POST /v1/models/coco/prelabels HTTP/1.1\r\nHost: localhost\r\n");
            write(socket, "Content-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n");
            write(socket, "1\r\na\r\n".repeat(65_600));
            write(socket, "0\r\n\r\n");
            assertEquals(200, RawHttp.read(socket.getInputStream(), false).status());
        }
    }

    @Test
    void server_thatDrains_isNotReadyAndLetsConnectionsGo() throws Exception {
        TestServer draining = new TestServer(Limits.STANDARD, Duration.ofMillis(1500));
        int port = draining.port();
        try (Socket socket = RawHttp.connect(port)) {
            write(socket, "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertEquals(200, RawHttp.read(socket.getInputStream(), false).status());
            Thread closing = Thread.ofVirtual().start(draining::close);
            sleep(300);
            write(socket, "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n");
            Answer answer = RawHttp.read(socket.getInputStream(), false);

            assertEquals(503, answer.status());
            assertEquals("close", answer.header("connection"));
            assertAnswers(draining);
            closing.join();
        }
        assertThrows(IOException.class, () -> RawHttp.connect(port).close());
    }

    @Test
    void connection_thatSaysNothing_isClosed() throws IOException {
        try (TestServer impatient = new TestServer(Limits.STANDARD.withIdleTimeout(Duration.ofMillis(200)));
                Socket socket = RawHttp.connect(impatient.port())) {
            assertEquals(-1, socket.getInputStream().read());
        }
    }

    /// HTTP/1 is told with an answer, HTTP/2 by a GOAWAY. What is under way then is answered to its end.
    @Test
    void connection_thatIsOld_isToEnd_andLosesNoRequest() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        ConnectionPoolListener listener = new ConnectionPoolListenerAdapter() {
            @Override
            public void connectionClosed(
                    SessionProtocol protocol,
                    InetSocketAddress server,
                    InetSocketAddress client,
                    AttributeMap ignored) {
                closed.countDown();
            }
        };
        WireLimits wire = new WireLimits(1_000, Duration.ofSeconds(10), 1 << 10, Optional.of(Duration.ofSeconds(1)));
        try (TestServer ageing = new TestServer(Limits.STANDARD.withWire(wire));
                ClientFactory factory =
                        ClientFactory.builder().connectionPoolListener(listener).build();
                Socket socket = RawHttp.connect(ageing.port())) {
            ageing.backend.behaviour = request -> {
                sleep(2_500);
                return FakeBackend.answer(request);
            };
            WebClient http2 = WebClient.builder("h2c://127.0.0.1:" + ageing.port())
                    .factory(factory)
                    .build();
            var underWay = http2.execute(
                            RequestHeaders.of(
                                    HttpMethod.POST, "/v1/models/coco/prelabels", "content-type", "image/png"),
                            new byte[] {1, 2, 3})
                    .aggregate();
            Answer answer;
            int answers = 0;
            do {
                sleep(100);
                write(socket, "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n");
                answer = RawHttp.read(socket.getInputStream(), false);
                assertEquals(200, answer.status());
                answers++;
            } while (!"close".equals(answer.headers().get("connection")) && answers < 100);

            assertEquals(-1, socket.getInputStream().read(), "the connection is closed");
            assertTrue(answers < 100, "answers: " + answers);
            assertEquals(200, underWay.get(10, TimeUnit.SECONDS).status().code());
            assertTrue(closed.await(10, TimeUnit.SECONDS), "the connection of HTTP/2 is closed");
            assertEquals(
                    200, http2.get("/v1/models").aggregate().join().status().code());
        }
    }

    @Test
    void port_inUse_isToldByNameOfTheListener() {
        FakeBackend backend = new FakeBackend();
        ServerConfig config = new ServerConfig(
                ListenerConfig.loopback(server.port()),
                ListenerConfig.loopback(0),
                OptionalInt.empty(),
                false,
                Limits.STANDARD,
                Duration.ZERO,
                Duration.ZERO);
        Listeners second = new Listeners(config, backend.backend());
        ListenerException thrown = assertThrows(ListenerException.class, second::start);

        assertEquals("data listener 127.0.0.1:" + server.port() + ": the port is in use", thrown.getMessage());
        assertFalse(String.valueOf(thrown.getMessage()).contains("Exception"));
        assertAnswers(server);
    }

    @Test
    void pipelinedRequests_areAllAnswered() throws IOException {
        int good = 0;
        try (Socket socket = RawHttp.connect(server.port())) {
            write(socket, (HEAD + "Content-Length: 3\r\n\r\nabc").repeat(50));
            for (int i = 0; i < 50; i++) {
                if (RawHttp.read(socket.getInputStream(), false).status() == 200) {
                    good++;
                }
            }
        }
        assertEquals(50, good);
    }

    /// Sockets take some MiB by themselves.
    @Test
    void requests_whoseAnswersAreNotRead_wait_andAreAnsweredThen() throws IOException {
        int many = 1_000;
        try (TestServer patient = new TestServer();
                Socket socket = RawHttp.connect(patient.port())) {
            Thread.ofVirtual().start(() -> {
                try {
                    write(socket, "GET /openapi.yaml HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(many));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            double answered;
            do {
                answered = answered(patient);
                sleep(300);
            } while (answered == 0 || answered < answered(patient));
            assertTrue(answered < many, answered + " answers wait to be read");
            for (int i = 0; i < many; i++) {
                assertEquals(200, RawHttp.read(socket.getInputStream(), false).status());
            }
        }
    }

    private static double answered(TestServer server) {
        return server.backend.metrics().registry().find("firstpass.requests").counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
