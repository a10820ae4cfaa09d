package dev.firstpass.server.asset;

import dev.firstpass.registry.Sha256;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import java.util.Optional;

/// Gets an asset's bytes and their digest. Bytes that come with the request are taken as they are; every other place
/// is off until an allow-list names it.
///
/// Thread-safe. Costs a SHA-256 over the bytes, about 0.6 ms per megabyte.
public final class AssetFetcher {
    /// Fetches the bytes.
    ///
    /// @param id the caller's name for the asset, where it gave one; one that is fetched has its own
    /// @throws dev.firstpass.server.failure.FailureException ASSET_FORBIDDEN for a place that is not allowed
    public Asset fetch(AssetRef ref, Optional<String> id) {
        return switch (ref) {
            case AssetRef.Inline inline -> asset(inline.bytes(), id);
            case AssetRef.Fetched fetched -> fetched.asset();
            case AssetRef.Uri _ ->
                throw Failure.ofField(
                                Reason.ASSET_FORBIDDEN,
                                "asset.uri",
                                "no location is allowed on this server; send the image's bytes")
                        .asException();
        };
    }

    private static Asset asset(byte[] bytes, Optional<String> id) {
        String digest = "sha256:" + Sha256.of(bytes);
        return new Asset(id.orElse(digest), bytes, digest);
    }
}
