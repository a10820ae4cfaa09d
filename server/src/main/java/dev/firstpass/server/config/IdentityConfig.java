package dev.firstpass.server.config;

import dev.firstpass.server.tls.TlsFiles;
import java.util.Map;
import java.util.Optional;

/// By what the server proves who it is, and callers who have no token of the registry's.
///
/// Immutable.
///
/// @param tls the server's certificate; empty without TLS
/// @param clients common name of a client's certificate -> what it may do
/// @param oidc whose tokens are taken beside the registry's own
public record IdentityConfig(Optional<TlsFiles> tls, Map<String, Grant> clients, Optional<OidcConfig> oidc) {
    public static final IdentityConfig NONE = new IdentityConfig(Optional.empty(), Map.of(), Optional.empty());

    public IdentityConfig {
        clients = Map.copyOf(clients);
    }
}
