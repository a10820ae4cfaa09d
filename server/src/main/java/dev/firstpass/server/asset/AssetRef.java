package dev.firstpass.server.asset;

import java.util.Optional;

/// Where an asset's bytes are.
///
/// Immutable, all variants; the array of [Inline] belongs to the request and is not changed by anyone.
public sealed interface AssetRef {
    /// Whether the bytes are at hand, so that nobody waits for them.
    default boolean isHere() {
        return switch (this) {
            case Inline _, Fetched _ -> true;
            case Uri _, OfTask _, Held _ -> false;
        };
    }

    /// The bytes came with the request.
    ///
    /// @param mediaType as the caller declared it; what the bytes are is decided by looking at them
    record Inline(byte[] bytes, Optional<String> mediaType) implements AssetRef {}

    /// The bytes are here, and their digest is known.
    record Fetched(Asset asset) implements AssetRef {}

    /// The bytes came with an earlier request, and the server may hold them still ([HeldAssets]).
    ///
    /// @param digest `sha256:` and 64 hex digits
    record Held(String digest) implements AssetRef {}

    /// The bytes are fetched by the server, if an allow-list has the place: on the web, among its files, or in a bucket.
    ///
    /// @param uri as the caller wrote it
    record Uri(String uri) implements AssetRef {}

    /// The bytes are where a task of Label Studio says: in the text itself, on that server, on another, or in its folder of
    /// local files.
    ///
    /// @param location as it stands in the task
    /// @param task id of the task, by which Label Studio signs addresses of buckets
    record OfTask(String location, String task) implements AssetRef {}
}
