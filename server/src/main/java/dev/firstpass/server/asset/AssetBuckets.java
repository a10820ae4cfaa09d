package dev.firstpass.server.asset;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/// Buckets whose objects may be read, all of one S3 server.
///
/// Immutable.
///
/// @param endpoint of a server that is not AWS's own
/// @param region empty takes the one that the environment or the profile names, and with an endpoint any
public record AssetBuckets(List<Listed<Part>> listed, Optional<URI> endpoint, Optional<String> region) {
    public static final AssetBuckets NONE = new AssetBuckets(List.of(), Optional.empty(), Optional.empty());

    public AssetBuckets {
        listed = List.copyOf(listed);
    }

    /// A bucket, or the part of one whose keys begin with a prefix.
    ///
    /// @param prefix empty, or with a slash at its end
    public record Part(String bucket, String prefix) {
        boolean has(String some, String key) {
            return bucket.equals(some) && key.startsWith(prefix);
        }

        /// Whether all of the other's objects are this one's.
        public boolean holds(Part other) {
            return has(other.bucket, other.prefix);
        }
    }

    public boolean isEmpty() {
        return listed.isEmpty();
    }
}
