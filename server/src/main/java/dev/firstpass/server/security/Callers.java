package dev.firstpass.server.security;

import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.security.Verdict.Known;
import dev.firstpass.server.security.Verdict.Unknown;
import io.netty.util.AttributeKey;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Who has sent a request, once its [Gate] has let it in.
public final class Callers {
    private static final AttributeKey<Caller> KEY = AttributeKey.valueOf(Callers.class, "caller");
    private static final AttributeKey<Supplier<Verdict>> NOW = AttributeKey.valueOf(Callers.class, "now");

    private Callers() {}

    /// @param now who it is by what was shown, asked anew
    static void set(ServiceRequestContext request, Caller caller, Supplier<Verdict> now) {
        request.setAttr(KEY, caller);
        request.setAttr(NOW, now);
    }

    /// Empty if it came by a public route, whose callers nobody asked who they are.
    public static Optional<Caller> find(ServiceRequestContext request) {
        return Optional.ofNullable(request.attr(KEY));
    }

    /// @throws dev.firstpass.server.failure.FailureException UNAUTHENTICATED, if it came by a public route, whose callers
    ///     nobody asked who they are
    public static Caller of(ServiceRequestContext request) {
        return find(request)
                .orElseThrow(() -> Failure.of(Reason.UNAUTHENTICATED, "who calls is not known")
                        .asException());
    }

    /// Whose models, projects and the like its names and ids mean.
    ///
    /// @throws dev.firstpass.server.failure.FailureException as [#of]
    public static Tenant tenant(ServiceRequestContext request) {
        return of(request).tenant();
    }

    /// For a further message of a stream, which may come long after its [Gate] has let it in: whether what the caller has shown is still
    /// taken. Costs what the gate does.
    ///
    /// @throws dev.firstpass.server.failure.FailureException UNAUTHENTICATED, if it is not, since it was revoked or has expired
    public static void requireStill(ServiceRequestContext request) {
        Caller caller = of(request);
        switch (Optional.ofNullable(request.attr(NOW)).orElseThrow().get()) {
            case Known(Caller now) when now.equals(caller) -> {}
            case Known _ ->
                throw Failure.of(Reason.UNAUTHENTICATED, "the caller is another one by now")
                        .asException();
            case Unknown(Verdict.Refusal why) ->
                throw Failure.of(Reason.UNAUTHENTICATED, why.text()).asException();
        }
    }

    /// For what depends on more than the route.
    ///
    /// @throws dev.firstpass.server.failure.FailureException PERMISSION_DENIED, if the caller has none of these scopes
    public static void require(ServiceRequestContext request, Scope one, Scope... others) {
        Set<Scope> wanted = EnumSet.of(one, others);
        if (!of(request).hasOneOf(wanted)) {
            throw denied(wanted);
        }
    }

    /// For what is of the whole server, and so nothing that a tenant's token can be for.
    ///
    /// @throws dev.firstpass.server.failure.FailureException PERMISSION_DENIED, if the caller is of another tenant than the
    ///     server's own
    public static void requireOperator(ServiceRequestContext request) {
        if (!tenant(request).equals(Tenant.LOCAL)) {
            throw Failure.of(
                            Reason.PERMISSION_DENIED,
                            "this is of the whole server (expected: a token of the tenant " + Tenant.LOCAL + ")")
                    .asException();
        }
    }

    static RuntimeException denied(Set<Scope> wanted) {
        String scopes = Scope.text(wanted).replace(",", " or ");
        return Failure.of(Reason.PERMISSION_DENIED, "the caller may not do this (expected: the scope " + scopes + ")")
                .asException();
    }
}
