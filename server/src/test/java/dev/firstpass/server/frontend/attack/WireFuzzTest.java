package dev.firstpass.server.frontend.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.firstpass.proto.v1.PrelabelOptions;
import dev.firstpass.proto.v1.PrelabelRequest;
import dev.firstpass.server.frontend.TestServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Mutated heads and bodies of HTTP/1, frames of HTTP/2, and messages of gRPC: whatever comes, no answer is a fault of the server's,
/// and a good client beside it notices nothing. Images are mutated by `HostileBytesTest`, labels by `ReaderFuzzTest`.
///
/// With `-Dfirstpass.long=true` two minutes of each instead of a second or less. A failure names its seed.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class WireFuzzTest {
    private static final long SECONDS = 120;
    private static final int FEW = 100;
    private static final long SEED = 8;
    private static final int LONGEST = 4096;
    private static final int PATIENCE_MILLIS = 2_000;
    private static final int CALLS = 20;

    private TestServer server;
    private Canary canary;

    /// What is mutated, and how it then goes over the wire.
    @SuppressWarnings("ImmutableEnumChecker") // Nobody changes what they begin with.
    enum Kind {
        HTTP1(
                BadVector.all().stream()
                        .filter(vector -> !vector.isHeld())
                        .map(BadVector::request)
                        .filter(request -> request.length <= LONGEST)
                        .toList(),
                UnaryOperator.identity()),
        HTTP2(frames(), frames -> Frames.join(Frames.PREFACE, frames)),
        GRPC(messages(), WireFuzzTest::call);

        private final List<byte[]> corpus;
        private final UnaryOperator<byte[]> framed;

        Kind(List<byte[]> corpus, UnaryOperator<byte[]> framed) {
            this.corpus = corpus;
            this.framed = framed;
        }
    }

    private static List<byte[]> frames() {
        int whole = Frames.END_STREAM | Frames.END_HEADERS;
        byte[] get = Frames.headers(1, whole, Frames.get("/v1/models"));
        byte[] post = Frames.headers(3, Frames.END_HEADERS, Frames.post("/v1/models/coco/prelabels"));
        return Stream.of(
                        get,
                        Frames.join(post, Frames.data(3, Frames.END_STREAM, new byte[] {1, 2, 3})),
                        Frames.join(get, Frames.windowUpdate(1, 100), Frames.ping(), Frames.reset(1, 8)),
                        Frames.join(
                                Frames.headers(5, Frames.END_STREAM, Frames.get("/")),
                                Frames.continuation(5, Frames.END_HEADERS, Frames.block("a", "b"))),
                        Frames.join(Frames.priority(1, 3), get, Frames.settingsAck()))
                .map(frames -> Frames.join(Frames.settings(4, 65_535), frames))
                .toList();
    }

    private static List<byte[]> messages() {
        PrelabelRequest image = PrelabelRequest.newBuilder()
                .setModel("coco")
                .setImage(ByteString.copyFrom(new byte[] {1, 2, 3}))
                .setOptions(PrelabelOptions.newBuilder().setThreshold(0.5).setFormat("coco"))
                .build();
        return List.of(
                image.toByteArray(),
                image.toBuilder().setUri("file:///etc/passwd").build().toByteArray(),
                Frames.times(200, new byte[] {0x0B}));
    }

    private static byte[] call(byte[] message) {
        byte[] head = Frames.block(
                ":method", "POST",
                ":scheme", "http",
                ":path", "/firstpass.v1.Prelabels/Prelabel",
                ":authority", "localhost",
                "content-type", "application/grpc",
                "te", "trailers");
        byte[] prefixed = ByteBuffer.allocate(5 + message.length)
                .put((byte) 0)
                .putInt(message.length)
                .put(message)
                .array();
        return Frames.join(
                Frames.PREFACE,
                Frames.settings(),
                Frames.headers(1, Frames.END_HEADERS, head),
                Frames.data(1, Frames.END_STREAM, prefixed));
    }

    @BeforeAll
    void start() {
        server = new TestServer();
        canary = new Canary(server.port(), CALLS);
    }

    @AfterAll
    void stop() throws InterruptedException {
        canary.close();
        server.close();
        assertEquals("", canary.failure());
    }

    @ParameterizedTest
    @EnumSource
    void mutated_isNeverAFaultOfTheServers(Kind kind) throws IOException {
        boolean isLong = Boolean.getBoolean("firstpass.long");
        long until = System.nanoTime() + SECONDS * 1_000_000_000;
        int executions = 0;
        while (isLong ? System.nanoTime() - until < 0 : executions < FEW) {
            long seed = SEED + executions++;
            String answer = exchange(kind.framed.apply(new Mutations(seed).of(kind.corpus)));
            assertFalse(answer.startsWith("HTTP/1.1 500"), () -> "seed " + seed + ": " + answer);
        }
        System.out.println(executions + " mutations of " + kind + ", 0 faults");
        assertFalse(
                server.backend.metrics().scrape().contains("INTERNAL"),
                () -> server.backend.metrics().scrape());
        assertEquals("", canary.failure());
        assertTrue(executions >= FEW);
    }

    /// Sends all, says that there is no more, and reads what comes until the server closes.
    private String exchange(byte[] request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write(request);
            byte[] begin = new byte[LONGEST];
            InputStream in = socket.getInputStream();
            socket.shutdownOutput();
            int count = in.readNBytes(begin, 0, begin.length);
            return new String(begin, 0, count, StandardCharsets.ISO_8859_1);
        } catch (SocketException | SocketTimeoutException _) {
            return "";
        }
    }
}
