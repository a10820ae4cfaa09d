package dev.firstpass.loadtest.drive;

import java.util.concurrent.CompletableFuture;

/// A way into the server.
///
/// Thread-safe. Who makes it closes it.
public interface Door extends AutoCloseable {
    /// Sends a request. Does not block, and what goes wrong is an answer, too.
    CompletableFuture<Answer> send(Ask ask);

    @Override
    void close();
}
