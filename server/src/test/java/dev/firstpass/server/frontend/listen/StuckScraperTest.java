package dev.firstpass.server.frontend.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.frontend.TestServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Collectors of metrics that ask and never read, on real sockets: neither requests nor another collector wait for them.
@Timeout(60)
final class StuckScraperTest {
    private static final int SCRAPERS = 4;

    /// On one connection, whose answers are more than its sockets take.
    private static final int SCRAPES = 200;

    private static final Duration LONGEST = Duration.ofSeconds(10);

    @Test
    @EnabledIfSystemProperty(named = "firstpass.faults", matches = "true")
    void scrapers_thatNeverRead_keepNobodyWaiting() throws Exception {
        List<Socket> stuck = new ArrayList<>();
        try (TestServer server = new TestServer()) {
            byte[] scrapes = ("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:" + server.managementPort() + "\r\n\r\n")
                    .repeat(SCRAPES)
                    .getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < SCRAPERS; i++) {
                Socket socket = new Socket();
                stuck.add(socket);
                socket.setReceiveBufferSize(4096);
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.managementPort()));
                socket.getOutputStream().write(scrapes);
            }
            for (Socket socket : stuck) {
                while (socket.getInputStream().available() == 0) {
                    Thread.sleep(10);
                }
            }

            long began = System.nanoTime();
            for (int i = 0; i < 100; i++) {
                assertEquals(200, server.get("/v1/models").statusCode());
            }
            assertEquals(
                    200,
                    RawHttp.send(server.managementPort(), "GET /metrics HTTP/1.1")
                            .status());
            assertTrue(System.nanoTime() - began < LONGEST.toNanos(), "others waited");
            for (Socket socket : stuck) {
                socket.close();
            }
        }
    }
}
