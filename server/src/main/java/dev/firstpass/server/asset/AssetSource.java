package dev.firstpass.server.asset;

import dev.firstpass.server.call.Deadline;
import java.util.Map;
import java.util.Set;

/// A kind of place that `asset.uri` may name. Each place of it is off until an allow-list of the server's has it.
///
/// Thread-safe, all of them.
interface AssetSource {
    /// Of the addresses that are this one's to judge, in lower case.
    Set<String> schemes();

    /// Gets the bytes. Blocks.
    ///
    /// @param uri begins with one of the schemes, in whatever case; else as the caller wrote it
    /// @throws FailureException ASSET_FORBIDDEN for a place that is not listed for who asks; ASSET_UNREACHABLE for what is not there,
    ///     or must not be read, which it does not tell apart; REQUEST_TOO_LARGE or DEADLINE_EXCEEDED
    /// @throws InterruptedException if the request was cancelled
    byte[] get(String uri, Asking asking) throws InterruptedException;

    /// Who asks.
    ///
    /// @param carried header lines for whoever is asked over the web, no secrets
    record Asking(String tenant, Map<String, String> carried, Deadline deadline) {}
}
