package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.bundle.OfferedFile;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.TestServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A big bundle on a line that breaks, against a real server.
final class RemoteUploadsTest {
    private static final int BUNDLE_BYTES = 12 << 20;

    private final TestServer server = new TestServer();

    @TempDir
    Path folder = Path.of("");

    private Path file = Path.of("");
    private byte[] bundle = {};

    @BeforeEach
    void write() throws IOException {
        bundle = new byte[BUNDLE_BYTES];
        new Random(1).nextBytes(bundle);
        file = Files.write(folder.resolve("model.onnx"), bundle);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /// Hands on what clients send, and breaks each connection after so many bytes, the first few of them.
    private static final class BreakingLine implements AutoCloseable {
        private final ServerSocket listener;
        private final int target;
        private final int breaks;
        private final long after;
        final AtomicInteger connections = new AtomicInteger();

        BreakingLine(int target, int breaks, long after) throws IOException {
            this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            this.target = target;
            this.breaks = breaks;
            this.after = after;
            Thread.startVirtualThread(this::accept);
        }

        URI uri() {
            return URI.create("http://127.0.0.1:" + listener.getLocalPort() + "/");
        }

        private void accept() {
            try {
                while (true) {
                    Socket client = listener.accept();
                    long most = connections.incrementAndGet() <= breaks ? after : Long.MAX_VALUE;
                    Socket behind = new Socket(InetAddress.getLoopbackAddress(), target);
                    Thread.startVirtualThread(() -> pump(client, behind, most));
                    Thread.startVirtualThread(() -> pump(behind, client, Long.MAX_VALUE));
                }
            } catch (IOException _) {
                // It is closed.
            }
        }

        private static void pump(Socket from, Socket to, long most) {
            try (from;
                    to) {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                byte[] buffer = new byte[8192];
                long left = most;
                for (int n = in.read(buffer); n >= 0 && left > 0; n = in.read(buffer)) {
                    out.write(buffer, 0, (int) Math.min(n, left));
                    left -= n;
                }
            } catch (IOException _) {
                // The other direction has ended it.
            }
        }

        void stop() {
            try {
                listener.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            stop();
        }
    }

    private static Progress counting(AtomicLong advanced, List<String> begun) {
        return (what, total, unit) -> {
            begun.add(what + " " + total);
            return new Progress.Task() {
                @Override
                public void advance(long units) {
                    advanced.addAndGet(units);
                }

                @Override
                public void failed() {}

                @Override
                public void close() {}
            };
        };
    }

    @Test
    void bigBundle_isSentThroughBreaks_andShown() throws IOException {
        AtomicLong advanced = new AtomicLong();
        List<String> begun = new ArrayList<>();
        try (BreakingLine line = new BreakingLine(server.managementPort(), 4, 3 << 20);
                RemoteRegistry registry = new RemoteRegistry(Endpoint.of(line.uri()), _ -> {})) {
            RegistryAccess.Registration registered =
                    registry.register(new ModelName("crops"), file, Optional.empty(), counting(advanced, begun));

            assertEquals("crops@3", registered.ref());
            assertTrue(line.connections.get() > 4, line.connections::toString);
        }
        assertArrayEquals(bundle, server.backend.uploads.get("crops"));
        assertEquals(BUNDLE_BYTES, advanced.get());
        assertEquals(List.of("Sending crops " + BUNDLE_BYTES, "Registering crops -1"), begun);
        assertEquals(1, server.backend.changes.get());
    }

    @Test
    void bigFolder_isSentThroughBreaks_asOneTar() throws IOException {
        Files.writeString(folder.resolve("firstpass.yaml"), "family: boxes\n");
        try (BreakingLine line = new BreakingLine(server.managementPort(), 3, 5 << 20);
                RemoteRegistry registry = new RemoteRegistry(Endpoint.of(line.uri()), _ -> {})) {
            var _ = registry.register(new ModelName("crops"), folder, Optional.empty(), Progress.SILENT);

            assertTrue(line.connections.get() > 3, line.connections::toString);
        }
        Path sent = Files.write(
                folder.resolve("sent.tar"),
                Optional.ofNullable(server.backend.uploads.get("crops")).orElseThrow());
        try (OfferedFile offered = OfferedFile.open(sent, folder)) {
            assertArrayEquals(bundle, Files.readAllBytes(offered.source().resolve("model.onnx")));
            assertEquals("family: boxes\n", Files.readString(offered.source().resolve("firstpass.yaml")));
        }
    }

    @Test
    void lineThatStaysBroken_isGivenUp() throws IOException {
        List<Long> pauses = new ArrayList<>();
        try (BreakingLine line = new BreakingLine(server.managementPort(), Integer.MAX_VALUE, 1 << 20);
                RemoteRegistry registry = new RemoteRegistry(Endpoint.of(line.uri()), millis -> {
                    pauses.add(millis);
                    line.stop();
                })) {
            CliException thrown = assertThrows(
                    CliException.class,
                    () -> registry.register(new ModelName("crops"), file, Optional.empty(), Progress.SILENT));
            assertTrue(String.valueOf(thrown.getMessage()).contains("broke"), thrown::getMessage);
        }
        // Before the line was cut for good, a piece may have come through or not; from the last one that did, it is
        // counted.
        assertEquals(
                List.of(250L, 500L, 1000L, 2000L, 4000L, 8000L, 10_000L, 10_000L, 10_000L, 10_000L, 10_000L),
                pauses.subList(pauses.lastIndexOf(250L), pauses.size()),
                pauses::toString);
        assertEquals(0, server.backend.changes.get());
    }

    @Test
    void refusal_isNotTriedAgain() throws IOException {
        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            server.backend.pieces.create(Tenant.LOCAL, OptionalLong.empty(), Optional.empty());
        }
        try (RemoteRegistry registry = new RemoteRegistry(
                Endpoint.of(URI.create("http://127.0.0.1:" + server.managementPort() + "/")), pauses::add)) {
            FailureException thrown = assertThrows(
                    FailureException.class,
                    () -> registry.register(new ModelName("crops"), file, Optional.empty(), Progress.SILENT));
            assertEquals(Reason.QUOTA_EXCEEDED, thrown.failure().reason());
        }
        assertEquals(List.of(), pauses);
    }
}
