package dev.firstpass.server.frontend.openinference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.frontend.TestVersions;
import dev.firstpass.server.runtime.device.Slab;
import io.netty.buffer.PoolArenaMetric;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Clients that go away while a thread of the server reads their request: it has the body's memory until it has done with it, and then
/// that is given back, once.
@Timeout(120)
final class BrokenOffRequestsTest {
    private static final int CLIENTS = 150;

    /// What comes a byte at a time takes a while to be read.
    private static final String REQUEST =
            "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"UINT8\",\"shape\":[1],\"data\":[7]}]" + " ".repeat(3 << 20)
                    + "}";

    @Test
    void memoryOfTheirRequests_isGivenBack_andOthersAreServed() throws Exception {
        try (Slab slab = new Slab(1 << 20, 1 << 20);
                TestServer server = new TestServer()) {
            server.backend.tensors.answer(TestVersions.version("coco", 2), slab.results(), 100);
            byte[] plain = REQUEST.getBytes(StandardCharsets.US_ASCII);
            byte[] packed = gzip(plain);
            assertServed(server);
            long before = active();
            for (int i = 0; i < CLIENTS; i++) {
                breakOff(server, i % 2 == 0 ? plain : packed, i % 2 == 0 ? "identity" : "gzip", i % 7);
            }
            assertServed(server);
            // The pool itself keeps some MiB; all of these together have some hundred.
            long most = before + (long) CLIENTS * plain.length / 10;
            long deadline = System.nanoTime() + 30_000_000_000L;
            while (active() > most && System.nanoTime() < deadline) {
                Thread.sleep(20);
            }
            assertTrue(active() <= most, () -> before + " -> " + active());
            assertEquals(0, slab.results().lentBytes());
        }
    }

    /// Once all of it is sent, or a moment after.
    private static void breakOff(TestServer server, byte[] body, String encoding, int millis) throws Exception {
        try (Socket socket = RawHttp.connect(server.port())) {
            socket.getOutputStream()
                    .write(("POST /v2/models/coco/infer HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: " + encoding
                                    + "\r\nContent-Length: " + body.length + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(body);
            Thread.sleep(millis);
            socket.setSoLinger(true, 0);
        }
    }

    private static void assertServed(TestServer server) {
        assertEquals(
                200,
                server.send(HttpRequest.newBuilder(server.uri("/v2/models/coco/infer"))
                                .POST(BodyPublishers.ofString(REQUEST)))
                        .statusCode());
    }

    private static byte[] gzip(byte[] plain) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(plain);
        }
        return bytes.toByteArray();
    }

    /// Bytes of the wire library's pools that somebody has.
    private static long active() {
        return PooledByteBufAllocator.DEFAULT.metric().directArenas().stream()
                .mapToLong(PoolArenaMetric::numActiveBytes)
                .sum();
    }
}
