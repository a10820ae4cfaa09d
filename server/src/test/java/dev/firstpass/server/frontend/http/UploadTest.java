package dev.firstpass.server.frontend.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpRequestWriter;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.StreamTimeoutException;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.config.UploadLimits;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.StreamedBundle;
import dev.firstpass.server.upload.UploadStore;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UploadTest {
    @TempDir
    private Path area = Path.of("");

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

        try (StreamedBundle upload = Upload.receive(uploads(), Tenant.LOCAL, connection, watched, Limits.STANDARD)) {
            assertTrue(upload.file().startsWith(area), "it is where uploads are");
            assertArrayEquals(new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, Files.readAllBytes(upload.file()));
        }
        assertEquals(Set.of(true), isConnection);
        assertNothingIsLeft();
    }

    private UploadStore uploads() {
        return UploadStore.open(area, UploadLimits.STANDARD, 1_000, InstantSource.system());
    }

    private void assertNothingIsLeft() throws IOException {
        try (Stream<Path> left = Files.walk(area)) {
            assertEquals(List.of(area), left.toList());
        }
    }

    @Test
    void body_thatIsTooLong_orNone_leavesNothing() throws IOException {
        HttpRequest large =
                HttpRequest.of(HttpMethod.POST, "/", MediaType.OCTET_STREAM, HttpData.wrap(new byte[1_001]));
        assertEquals(Reason.REQUEST_TOO_LARGE, refusal(large));
        assertNothingIsLeft();
        assertEquals(Reason.ARTIFACT_REJECTED, refusal(HttpRequest.of(HttpMethod.POST, "/")));
        assertNothingIsLeft();
    }

    private Reason refusal(HttpRequest body) {
        return assertThrows(
                        FailureException.class,
                        () -> Upload.receive(uploads(), Tenant.LOCAL, connection, body, Limits.STANDARD))
                .failure()
                .reason();
    }

    @Test
    void body_thatStops_isGivenUp() throws IOException {
        HttpRequestWriter body = HttpRequest.streaming(HttpMethod.POST, "/");
        body.write(HttpData.ofUtf8("the first piece"));

        Limits limits = Limits.STANDARD.withBodyTimeout(Duration.ofMillis(300));
        RuntimeException thrown = assertThrows(
                RuntimeException.class, () -> Upload.receive(uploads(), Tenant.LOCAL, connection, body, limits));
        assertTrue(
                thrown instanceof StreamTimeoutException
                        || (thrown instanceof FailureException e && e.failure().reason() == Reason.REQUEST_TIMEOUT),
                thrown::toString);
        assertNothingIsLeft();
    }
}
