package dev.firstpass.server.config;

import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.NewToken;
import dev.firstpass.registry.token.Scope;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// What somebody may do who is known by something else than a token, and for whom.
///
/// Immutable.
public record Grant(Tenant tenant, Set<Scope> scopes) {
    public Grant {
        scopes = Set.copyOf(scopes);
    }

    /// `prelabel+tensors`, or `prelabel+tensors@acme`; empty where it is none, or nobody of that tenant may have it.
    private static Optional<Grant> parse(String text) {
        int at = text.indexOf('@');
        try {
            Tenant tenant =
                    at < 0 ? Tenant.LOCAL : new Tenant(text.substring(at + 1).strip());
            return scopes(at < 0 ? text : text.substring(0, at))
                    .filter(NewToken.scopesOf(tenant)::containsAll)
                    .map(scopes -> new Grant(tenant, scopes));
        } catch (RegistryException.ArgumentInvalid _) {
            return Optional.empty();
        }
    }

    private static Optional<Set<Scope>> scopes(String text) {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (String id : text.split("\\+", -1)) {
            Optional<Scope> scope = Scope.of(id.strip());
            if (scope.isEmpty()) {
                return Optional.empty();
            }
            scopes.add(scope.get());
        }
        return Optional.of(scopes);
    }

    /// Pairs of a name and what it stands for, each name once, as a list or with commas.
    static Optional<Map<String, Grant>> parseAll(String text) {
        return pairs(text, Grant::parse);
    }

    /// The same without tenants.
    static Optional<Map<String, Set<Scope>>> parseScopes(String text) {
        return pairs(text, Grant::scopes);
    }

    /// The last `=` of a pair counts.
    private static <T> Optional<Map<String, T>> pairs(String text, Function<String, Optional<T>> parser) {
        Map<String, T> pairs = new LinkedHashMap<>();
        for (String pair : SettingKind.WORDS.reader().apply(text).orElseThrow()) {
            int sign = pair.lastIndexOf('=');
            Optional<T> value = sign < 1 ? Optional.empty() : parser.apply(pair.substring(sign + 1));
            if (value.isEmpty() || pairs.put(pair.substring(0, sign).strip(), value.get()) != null) {
                return Optional.empty();
            }
        }
        return Optional.of(pairs);
    }
}
