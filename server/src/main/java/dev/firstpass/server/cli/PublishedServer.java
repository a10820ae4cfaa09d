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

/// A server in this process that other processes find through `server.json`, and that a signal drains: the first one lets
/// requests under way end, a second one ends the process at once.
///
/// Thread-safe. Whoever starts it closes it; should the process end otherwise, a shutdown hook does.
final class PublishedServer implements AutoCloseable {
    private static final long SAYING_MILLIS = 1000;

    private final RunningServer server;
    private final ServerFile file;
    private final Path data;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final CountDownLatch told = new CountDownLatch(1);
    private final Console console;
    private final Signals signals;

    private PublishedServer(Console console, RunningServer server, ServerFile file, Path data) {
        this.console = console;
        this.server = server;
        this.file = file;
        this.data = data;
        this.signals = Signals.tell(this::signalled);
    }

    /// @throws CliException if another server owns the data directory
    static PublishedServer start(Session session, Path data, ServerSettings settings) throws IOException {
        Optional<ServerFile> other = ServerFile.findAlive(data).filter(ServerFile::isAnswering);
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
                server.token(),
                server.certificate());
        PublishedServer published = new PublishedServer(session.console(), server, file, data);
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

    /// Blocks until a signal asks the process to end. Who waited closes the server then.
    void awaitSignal() throws InterruptedException {
        told.await();
    }

    private void signalled() {
        if (told.getCount() > 0) {
            told.countDown();
            return;
        }
        sayInTime("firstpass: ended at once by a second signal, requests under way: " + server.underWay());
        // Hooks would wait for what the second signal is not to wait for.
        Runtime.getRuntime().halt(ExitCode.FAILED);
    }

    /// A stderr that nobody reads does not keep the process.
    private void sayInTime(String line) {
        Thread saying = Thread.ofPlatform().daemon().start(() -> {
            console.err().println(line);
            console.err().flush();
        });
        try {
            saying.join(SAYING_MILLIS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// Takes no more requests, waits for those under way up to the drain limit, and stops.
    ///
    /// @return what the process is to say to the shell: it failed if it had to leave requests unanswered
    int drain() {
        close();
        if (server.abandoned() > 0) {
            sayInTime("firstpass: ended by drain.limit, requests left unanswered: " + server.abandoned());
            return ExitCode.FAILED;
        }
        return ExitCode.OK;
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
            signals.close();
        }
    }
}
