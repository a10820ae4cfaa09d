package dev.firstpass.server.asset;

import dev.firstpass.server.call.Deadline;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A file of a web server that a setting names, by the rules that images are fetched by: from that origin alone, at an address that
/// was looked at, with redirects held against the same rule, bounded in bytes and time.
///
/// Thread-safe.
public final class WebFile {
    private final URI uri;
    private final WebAssets web;

    /// @param origin of `uri`
    /// @param setting what it is called in refusals
    /// @param transport not closed
    public WebFile(URI uri, Origin origin, int maxBytes, String setting, WebTransport transport) {
        this.uri = uri;
        this.web = new WebAssets(List.of(origin), maxBytes, transport, InetAddress::getAllByName, setting);
    }

    /// Fetches it. Blocks.
    ///
    /// @throws FailureException if it does not come
    /// @throws InterruptedException if nobody waits for it any more
    public byte[] read(Duration limit) throws InterruptedException {
        return web.get(uri, Map.of(), Deadline.after(limit, System::nanoTime));
    }
}
