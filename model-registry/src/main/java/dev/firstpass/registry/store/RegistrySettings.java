package dev.firstpass.registry.store;

import dev.firstpass.registry.Storage;
import dev.firstpass.registry.signature.SignaturePolicy;

/// How a registry is opened: the part of it that whoever runs the server decides.
///
/// Immutable.
///
/// @param storage where it is kept
/// @param signatures whose signatures count when a version is registered
public record RegistrySettings(Storage storage, SignaturePolicy signatures) {
    /// In the data directory, and nobody's signature counts.
    public static final RegistrySettings LOCAL = new RegistrySettings(Storage.LOCAL, SignaturePolicy.NONE);
}
