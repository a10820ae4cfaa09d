package dev.firstpass.registry.token;

import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Tenant;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
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

    /// Metrics are of the whole server.
    private static final Set<Scope> OF_ANY_TENANT = Set.copyOf(EnumSet.complementOf(EnumSet.of(Scope.METRICS)));

    /// Names that the audit gives to others than tokens.
    private static final Set<String> OTHERS = Set.of("local", "owner", "supervision");

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");

    public NewToken {
        requireName(name);
        if (OTHERS.contains(name)) {
            throw new RegistryException.ArgumentInvalid(
                    "name", "token name: " + name + " (expected: another one; the audit has it for somebody else)");
        }
        scopes = Set.copyOf(scopes);
        if (scopes.isEmpty()) {
            throw new RegistryException.ArgumentInvalid(
                    "scopes", "scopes: none (expected: one at least of " + String.join(", ", Scope.ids()) + ")");
        }
        if (!scopesOf(tenant).containsAll(scopes)) {
            throw new RegistryException.ArgumentInvalid(
                    "scopes",
                    "scopes: " + Scope.text(scopes) + " for tenant " + tenant
                            + " (expected: no metrics, which are of the whole server, and for tenant " + Tenant.LOCAL
                            + ")");
        }
    }

    /// What callers of a tenant can be let do at all.
    public static Set<Scope> scopesOf(Tenant tenant) {
        return tenant.equals(Tenant.LOCAL) ? Set.of(Scope.values()) : OF_ANY_TENANT;
    }

    /// @throws RegistryException.ArgumentInvalid if it is no name of a token
    public static void requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new RegistryException.ArgumentInvalid(
                    "name", "token name (expected: a-z, 0-9, '-', '_', 1 to 63 characters)");
        }
    }
}
