package dev.firstpass.server.frontend.openinference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.frontend.TestVersions;
import dev.firstpass.server.runtime.device.Slab;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Java's own client as it comes, each time on a new connection, whose first answer is a large one: it offers HTTP/2 there by
/// `Upgrade`, and loses bytes of what follows a `101` at once.
///
/// A few clients always; with `-Dfirstpass.long=true` 400 on a busy machine, where one in twenty got broken frames.
final class LargeAnswersDoorTest {
    private static final boolean LONG = Boolean.getBoolean("firstpass.long");
    private static final int CLIENTS = LONG ? 400 : 4;
    private static final int BUSY_THREADS = LONG ? 4 : 0;
    private static final int ANSWER = 8 << 20;

    @Test
    @Timeout(900)
    void javaClient_onANewConnection_getsEachByte() throws Exception {
        AtomicBoolean isOver = new AtomicBoolean();
        try (Slab slab = new Slab(1 << 20, 8 * ANSWER);
                TestServer server = new TestServer()) {
            server.backend.tensors.answer(TestVersions.version("coco", 2), slab.results(), ANSWER);
            IntStream.range(0, BUSY_THREADS).forEach(_ -> keepBusy(isOver));
            for (int i = 0; i < CLIENTS; i++) {
                assertAnswer(server, i % 100);
            }
        } finally {
            isOver.set(true);
        }
    }

    private static void assertAnswer(TestServer server, int value) throws Exception {
        String json = "{\"parameters\":{\"binary_data_output\":true},\"inputs\":"
                + "[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"UINT8\",\"data\":[" + value + "]}]}";
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<byte[]> response = client.send(
                    HttpRequest.newBuilder(server.uri("/v2/models/coco/infer"))
                            .POST(HttpRequest.BodyPublishers.ofString(json))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());

            assertEquals(200, response.statusCode(), () -> TestServer.text(response));
            assertEquals(HttpClient.Version.HTTP_1_1, response.version());
            int head = Integer.parseInt(response.headers()
                    .firstValue("inference-header-content-length")
                    .orElseThrow());
            byte[] expected = new byte[ANSWER];
            Arrays.fill(expected, (byte) value);
            assertEquals(
                    -1,
                    Arrays.mismatch(Arrays.copyOfRange(response.body(), head, response.body().length), expected),
                    "first byte that differs");
        }
    }

    private static void keepBusy(AtomicBoolean isOver) {
        Thread.ofPlatform().daemon().start(() -> {
            while (!isOver.get()) {
                Thread.onSpinWait();
            }
        });
    }
}
