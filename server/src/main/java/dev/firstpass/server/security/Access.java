package dev.firstpass.server.security;

import dev.firstpass.registry.token.Scope;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/// Who may use a route. It stands where the route is bound, since none can be bound without.
///
/// Immutable, all variants.
public sealed interface Access {
    /// Everybody, without a credential. For what says no more than yes or no.
    record Public() implements Access {}

    /// Who has one of these scopes.
    record Needs(Set<Scope> oneOf) implements Access {
        public Needs {
            oneOf = Collections.unmodifiableSet(EnumSet.copyOf(oneOf));
        }
    }

    static Access open() {
        return new Public();
    }

    static Access needing(Scope one, Scope... others) {
        return new Needs(EnumSet.of(one, others));
    }

    /// Those who may read the metrics of the whole server.
    Access METRICS = needing(Scope.METRICS, Scope.ADMIN);

    /// Whoever has a credential, whatever it is for.
    static Access known() {
        return new Needs(EnumSet.allOf(Scope.class));
    }
}
