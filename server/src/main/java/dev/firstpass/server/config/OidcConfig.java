package dev.firstpass.server.config;

import dev.firstpass.registry.token.Scope;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Whose tokens of OpenID Connect are taken, and what they let.
///
/// Immutable.
///
/// @param issuer as its tokens name it in `iss`
/// @param audience one of those that they are for, `aud`
/// @param keys where its public keys are
/// @param authorities in PEM, whose certificate the place of the keys shows; empty for those that Java knows
/// @param keyExpiry how long keys are trusted that could not be fetched again
/// @param scopesClaim names what a token may do: text with blanks in between, or a list
/// @param scopes what each of them stands for; empty takes those that are called as scopes are
/// @param tenantClaim names whose a token is; empty takes every token for the registry's own tenant
public record OidcConfig(
        String issuer,
        String audience,
        Keys keys,
        Optional<Path> authorities,
        Duration keyExpiry,
        String scopesClaim,
        Map<String, Set<Scope>> scopes,
        Optional<String> tenantClaim) {
    public OidcConfig {
        scopes = Map.copyOf(scopes);
    }

    /// A JSON Web Key Set.
    public sealed interface Keys {
        /// At the issuer, who changes it from time to time.
        record At(URI uri) implements Keys {}

        /// In a file, for servers that may call nobody.
        record In(Path file) implements Keys {}
    }
}
