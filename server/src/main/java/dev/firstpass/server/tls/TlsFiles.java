package dev.firstpass.server.tls;

import java.nio.file.Path;
import java.util.Optional;

/// Where the server's certificate lies, and those by which clients' certificates are judged.
///
/// Immutable.
///
/// @param certificate in PEM, with the certificates behind it up to its authority
/// @param key its private key, PKCS #8 in PEM
/// @param clients who may show certificates of their own; empty where nobody is asked for one
public record TlsFiles(Path certificate, Path key, Optional<Clients> clients) {
    /// @param authorities in PEM: whoever's certificate is of one of these
    /// @param areRequired whether a client without one gets no connection
    public record Clients(Path authorities, boolean areRequired) {}
}
