package dev.firstpass.server.cli;

import dev.firstpass.server.config.ServerSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/// A server in this process that other processes find through `server.json`, and that a signal drains.
///
/// Thread-safe. Whoever starts it closes it; when the process is told to end, a shutdown hook does.
final class PublishedServer implements AutoCloseable {
    private final RunningServer server;
    private final ServerFile file;
    private final Path data;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);

    private PublishedServer(RunningServer server, ServerFile file, Path data) {
        this.server = server;
        this.file = file;
        this.data = data;
    }

    /// @throws CliException if another server owns the data directory
    static PublishedServer start(Session session, Path data, ServerSettings settings) throws IOException {
        Optional<ServerFile> other = ServerFile.findAlive(data).filter(running -> HttpCalls.isAlive(running.url()));
        if (other.isPresent()) {
            throw CliException.failed("a server owns this data directory already: "
                    + other.get().url() + " (process " + other.get().pid() + "); stop it, or give another --data");
        }
        RunningServer server = session.parts().startServer(data, settings, session.progress());
        ServerFile file = new ServerFile(
                ProcessHandle.current().pid(),
                server.url(),
                server.adminUrl(),
                Instant.now().truncatedTo(ChronoUnit.MILLIS),
                server.token());
        PublishedServer published = new PublishedServer(server, file, data);
        try {
            file.write(data);
            Runtime.getRuntime()
                    .addShutdownHook(Thread.ofPlatform().name("drain").unstarted(published::close));
        } catch (IOException | RuntimeException e) {
            published.close();
            throw e;
        }
        return published;
    }

    URI url() {
        return server.url();
    }

    URI adminUrl() {
        return server.adminUrl();
    }

    Endpoint data() {
        return file.data();
    }

    Endpoint management() {
        return file.management();
    }

    /// Blocks until the server was closed, which a signal does.
    void awaitSignal() throws InterruptedException {
        ended.await();
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            file.delete(data);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            server.close();
            ended.countDown();
        }
    }
}
