package dev.firstpass.server.frontend.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpRequestWriter;
import com.linecorp.armeria.common.StreamTimeoutException;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UploadTest {
    private final EventLoop connection = new DefaultEventLoop();

    @AfterEach
    void stop() {
        connection.shutdownGracefully().syncUninterruptibly();
    }

    /// The wire library suspends reading from a socket on the connection's thread and resumes it on the thread that takes
    /// the pieces. Where these are two, it can happen that it is suspended after the last piece was taken, and nothing
    /// ever resumes it: one in forty first uploads to a new process stalled.
    @Test
    void body_isTakenOnTheThreadOfItsConnection() throws Exception {
        Set<Boolean> isConnection = ConcurrentHashMap.newKeySet();
        HttpRequestWriter body = HttpRequest.streaming(HttpMethod.POST, "/");
        HttpRequest watched =
                HttpRequest.of(body.headers(), body.peek(_ -> isConnection.add(connection.inEventLoop())));
        connection.execute(() -> {
            for (int i = 0; i < 10; i++) {
                body.write(HttpData.wrap(new byte[] {(byte) i}));
            }
            body.close();
        });

        try (Upload upload = Upload.receive(connection, watched, Limits.STANDARD)) {
            assertArrayEquals(new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, Files.readAllBytes(upload.file()));
        }
        assertEquals(Set.of(true), isConnection);
    }

    @Test
    void body_thatStops_isGivenUp() throws IOException {
        HttpRequestWriter body = HttpRequest.streaming(HttpMethod.POST, "/");
        body.write(HttpData.ofUtf8("the first piece"));

        Limits limits = Limits.STANDARD.withBodyTimeout(Duration.ofMillis(300));
        RuntimeException thrown = assertThrows(RuntimeException.class, () -> Upload.receive(connection, body, limits));
        assertTrue(
                thrown instanceof StreamTimeoutException
                        || (thrown instanceof FailureException e && e.failure().reason() == Reason.REQUEST_TIMEOUT),
                thrown::toString);
    }
}
