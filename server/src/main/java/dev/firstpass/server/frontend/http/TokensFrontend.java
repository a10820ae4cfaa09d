package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.ApiToken;
import dev.firstpass.registry.token.NewToken;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.registry.token.Tokens;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.PathParams;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.security.Callers;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// `/v1/tokens`: the tokens that callers show. What they are is in one answer, that to the request which makes one.
///
/// Immutable.
public final class TokensFrontend implements Frontend {
    private static final String TOKENS = "/v1/tokens";
    private static final String TOKEN = TOKENS + "/{name}";
    private static final String NAME = "name";
    private static final String TENANT = "tenant";
    private static final String SCOPES = "scopes";
    private static final String EXPIRES = "expiresAt";

    private final InstantSource clock;

    public TokensFrontend(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Blocking admin = routes.needing(Scope.ADMIN).blocking(context.threads());
        Tokens tokens = context.backend().tokens();
        admin.get(TOKENS, (request, _) -> list(tokens, Callers.tenant(request)));
        admin.post(TOKENS, (request, whole) -> create(tokens, request, whole));
        admin.delete(TOKEN, (request, _) -> revoke(tokens, request));
    }

    private static HttpResponse list(Tokens tokens, Tenant asking) {
        ObjectNode body = Json.object();
        ArrayNode list = body.putArray("tokens");
        tokens.list().stream().filter(token -> isOf(token.tenant(), asking)).forEach(token -> list.add(json(token)));
        return Json.response(HttpStatus.OK, body);
    }

    private HttpResponse create(Tokens tokens, ServiceRequestContext request, AggregatedHttpRequest whole) {
        Options options = Options.ofBody(whole, NAME, TENANT, SCOPES, EXPIRES);
        Tokens.Created created = tokens.create(
                new NewToken(
                        tenant(options, request), options.text(NAME).orElse(""), scopes(options), expiresAt(options)),
                Callers.of(request).principal());
        return Json.response(
                HttpStatus.CREATED,
                json(created.token()).put("token", created.secret().text()));
    }

    /// Whose tokens somebody may have to do with: [Tenant#LOCAL], whose server it is, with all.
    private static boolean isOf(Tenant tenant, Tenant asking) {
        return asking.equals(Tenant.LOCAL) || asking.equals(tenant);
    }

    /// @throws dev.firstpass.server.failure.FailureException PERMISSION_DENIED for one whose tokens are not the caller's affair,
    ///     whether there is such a tenant or not
    private static Tenant tenant(Options options, ServiceRequestContext request) {
        Tenant asking = Callers.tenant(request);
        Tenant named = options.text(TENANT).map(Tenant::new).orElse(asking);
        if (!isOf(named, asking)) {
            throw Failure.ofField(
                            Reason.PERMISSION_DENIED,
                            TENANT,
                            "tenant: the token is of another one (expected: none, or its own)")
                    .asException();
        }
        return named;
    }

    private static Set<Scope> scopes(Options options) {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (String id : options.words(SCOPES)) {
            scopes.add(Scope.of(id)
                    .orElseThrow(() -> RequestRules.invalid(
                            SCOPES,
                            SCOPES + ": " + Words.quoted(id) + " (expected: " + String.join(", ", Scope.ids()) + ")")));
        }
        return scopes;
    }

    private Optional<Instant> expiresAt(Options options) {
        Optional<String> text = options.text(EXPIRES);
        if (text.isEmpty()) {
            return Optional.of(clock.instant().plus(NewToken.USUAL_LIFE));
        }
        if (text.get().equals("never")) {
            return Optional.empty();
        }
        return Optional.of(Times.parse(EXPIRES, text.get(), "never, or a time in UTC such as 2027-11-26T12:00:00Z"));
    }

    private static HttpResponse revoke(Tokens tokens, ServiceRequestContext request) {
        Options options = Options.ofQuery(request.queryParams(), TENANT);
        String name = PathParams.get(request, NAME);
        if (!tokens.revoke(tenant(options, request), name, Callers.of(request).principal())) {
            throw Failure.of(Reason.TOKEN_NOT_FOUND, Words.quoted(name) + ": no such token")
                    .asException();
        }
        return HttpResponse.of(ResponseHeaders.of(HttpStatus.NO_CONTENT));
    }

    private static ObjectNode json(ApiToken token) {
        ObjectNode json = Json.object()
                .put("id", token.id())
                .put(NAME, token.name())
                .put(TENANT, token.tenant().value());
        ArrayNode scopes = json.putArray(SCOPES);
        token.scopes().stream().sorted().map(Scope::id).forEach(scopes::add);
        json.put("createdAt", token.createdAt().toString());
        token.expiresAt().ifPresent(end -> json.put(EXPIRES, end.toString()));
        token.lastUsedAt().ifPresent(use -> json.put("lastUsedAt", use.toString()));
        return json;
    }
}
