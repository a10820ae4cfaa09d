package dev.firstpass.server.asset;

import java.net.URI;

/// Knows by which web address an object of a bucket can be read for some minutes.
///
/// Thread-safe.
@FunctionalInterface
public interface ObjectAddresses {
    /// May block where credentials are to be had from elsewhere.
    ///
    /// @return a secret: whoever has it can read the object
    /// @throws RegistryException.Unavailable if there are no credentials
    URI of(String bucket, String key);
}
