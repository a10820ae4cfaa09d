package dev.firstpass.server.call;

import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.Scope;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/// Who asks: part of every key, queue and table. Where callers are not told apart, everybody is [#LOCAL].
///
/// Immutable.
///
/// @param tenant whose models, projects and predictions are meant by names and ids
/// @param principal what the token is called
/// @param scopes what the caller may do
public record Caller(Tenant tenant, String principal, Set<Scope> scopes) {
    public static final Caller LOCAL = new Caller(Tenant.LOCAL, Tenant.LOCAL.value(), EnumSet.allOf(Scope.class));

    public Caller {
        scopes = scopes.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(scopes));
    }

    /// Whether it may do what needs one of these.
    public boolean hasOneOf(Set<Scope> wanted) {
        return !Collections.disjoint(scopes, wanted);
    }
}
