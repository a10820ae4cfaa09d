package dev.firstpass.server.cli;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/// A server in this process.
///
/// Thread-safe.
interface RunningServer extends AutoCloseable {
    /// Root of the data listener, with a slash at its end; loopback where it is bound to every address.
    URI url();

    /// Root of the management listener.
    URI adminUrl();

    /// How many requests are under way.
    int underWay();

    /// How many requests `close` did not wait for any longer.
    int abandoned();

    /// What opens both listeners for whoever runs the server; empty where they are open.
    Optional<String> token();

    /// File with the certificate that both listeners show; empty without TLS.
    default Optional<Path> certificate() {
        return Optional.empty();
    }

    /// Refuses new requests, lets those under way end, then stops. Closing twice does nothing more.
    @Override
    void close();
}
