package dev.firstpass.registry.token;

import dev.firstpass.registry.Tenant;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/// What is known of a token, which is not the token.
///
/// Immutable.
///
/// @param id 16 hex digits of its hash
/// @param expiresAt from when on it is not taken any more; empty never ends it
/// @param lastUsedAt to the hour, and up to some minutes late; empty if it was not used yet
public record ApiToken(
        String id,
        Tenant tenant,
        String name,
        Set<Scope> scopes,
        Instant createdAt,
        Optional<Instant> expiresAt,
        Optional<Instant> lastUsedAt) {
    public ApiToken {
        scopes = Set.copyOf(scopes);
    }

    public boolean isExpired(Instant now) {
        return expiresAt.filter(end -> !now.isBefore(end)).isPresent();
    }
}
