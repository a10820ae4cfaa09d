package dev.firstpass.server.security;

import com.linecorp.armeria.common.ExchangeType;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.RoutingContext;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.SimpleDecoratingHttpService;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.security.Verdict.Known;
import dev.firstpass.server.security.Verdict.Refusal;
import dev.firstpass.server.security.Verdict.Unknown;

/// What stands around every route's service, over HTTP and gRPC: it is reached by whatever the router takes for that route,
/// so no spelling of a path goes around it.
///
/// It decides on the head. Where that says no, none of the body is waited for.
///
/// Thread-safe.
public final class Gate extends SimpleDecoratingHttpService {
    private final Access access;
    private final CredentialWay way;
    private final Gatekeeper keeper;

    /// Whether requests count for their tenant's quota.
    private final boolean isCounted;

    Gate(HttpService service, Access access, CredentialWay way, Gatekeeper keeper) {
        super(service);
        this.access = access;
        this.way = way;
        this.keeper = keeper;
        this.isCounted = !access.equals(Access.METRICS);
    }

    public Access access() {
        return access;
    }

    /// A service that gets whole requests is called when the body is there: too late for one that is refused. Of the connection
    /// nothing is known yet, so whoever shows a certificate counts as one who may be refused.
    @Override
    public ExchangeType exchangeType(RoutingContext request) {
        boolean isLetIn = switch (access) {
            case Access.Public _ -> true;
            case Access.Needs(var scopes) ->
                keeper.check(keeper.credential(way, request.headers())) instanceof Known(Caller caller)
                        && caller.hasOneOf(scopes)
                        && (!isCounted || keeper.quotas().hasRoom(caller, request.headers()));
        };
        return isLetIn ? super.exchangeType(request) : ExchangeType.BIDI_STREAMING;
    }

    @Override
    public HttpResponse serve(ServiceRequestContext context, HttpRequest request) throws Exception {
        if (access instanceof Access.Needs(var scopes)) {
            Credential credential = credential(context, request);
            switch (keeper.check(credential)) {
                case Known(Caller caller)
                when caller.hasOneOf(scopes) -> {
                    if (isCounted) {
                        keeper.quotas().enter(context, caller, request.headers());
                    }
                    Callers.set(context, caller, () -> keeper.check(credential));
                }
                case Known(Caller caller) -> {
                    keeper.denied(context, caller);
                    throw Callers.denied(scopes);
                }
                case Unknown _
                when isSomebodysVisit(request.headers()) -> {
                    return HttpResponse.of(ResponseHeaders.builder(HttpStatus.SEE_OTHER)
                            .set("location", Logins.PAGE)
                            .set("cache-control", "no-store")
                            .build());
                }
                case Unknown(Refusal why) -> {
                    keeper.unknown(context, why);
                    context.mutateAdditionalResponseHeaders(
                            headers -> headers.set("www-authenticate", way.challenge()));
                    throw Failure.of(Reason.UNAUTHENTICATED, why.text() + " (expected: " + way.expected() + ")")
                            .asException();
                }
            }
        }
        return unwrapped().serve(context, request);
    }

    /// Whether somebody has typed the page's address or followed a link to it: who has a program answer an error is told one.
    private boolean isSomebodysVisit(RequestHeaders headers) {
        return way.isPage()
                && headers.path().split("\\?", 2)[0].equals("/")
                && headers.get("accept", "").contains("text/html");
    }

    /// What a request shows stands above what its connection does.
    private Credential credential(ServiceRequestContext context, HttpRequest request) {
        Credential shown = keeper.credential(way, request.headers());
        return shown instanceof Credential.None ? Credential.ofConnection(context.sslSession()) : shown;
    }

    private HttpService unwrapped() {
        return (HttpService) unwrap();
    }
}
