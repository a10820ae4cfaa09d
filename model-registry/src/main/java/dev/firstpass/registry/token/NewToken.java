package dev.firstpass.registry.token;

import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Tenant;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// A token that somebody wishes. What it may do it may do with what is its tenant's, and with nothing else: so tokens of
/// other tenants than [Tenant#LOCAL] have nothing that is of the whole server.
///
/// Immutable.
///
/// @param tenant for whom its requests are
/// @param name what people call it, one of its tenant's: lower-case letters, digits, `-` and `_`, beginning with a letter
///     or digit, 1 to 63 characters
/// @param scopes one at least
/// @param expiresAt from when on it is not taken any more; empty never ends it
public record NewToken(Tenant tenant, String name, Set<Scope> scopes, Optional<Instant> expiresAt) {
    /// How long one lasts if nothing else is wished.
    public static final Duration USUAL_LIFE = Duration.ofDays(90);

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");

    public NewToken {
        requireName(name);
        scopes = Set.copyOf(scopes);
        if (scopes.isEmpty()) {
            throw new RegistryException.ArgumentInvalid(
                    "scopes", "scopes: none (expected: one at least of " + String.join(", ", Scope.ids()) + ")");
        }
        if (!tenant.equals(Tenant.LOCAL) && scopes.contains(Scope.METRICS)) {
            throw new RegistryException.ArgumentInvalid(
                    "scopes",
                    "scopes: " + Scope.text(scopes) + " for tenant " + tenant
                            + " (expected: no metrics, which are of the whole server, and for tenant " + Tenant.LOCAL
                            + ")");
        }
    }

    /// @throws RegistryException.ArgumentInvalid if it is no name of a token
    public static void requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new RegistryException.ArgumentInvalid(
                    "name", "token name (expected: a-z, 0-9, '-', '_', 1 to 63 characters)");
        }
    }
}
