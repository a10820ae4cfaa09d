package dev.firstpass.server.frontend;

import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.ApiToken;
import dev.firstpass.registry.token.NewToken;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.registry.token.TokenSecret;
import dev.firstpass.registry.token.Tokens;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Tokens in memory.
///
/// Thread-safe.
public final class FakeTokens implements Tokens {
    private static final Instant CREATED = Instant.parse("2026-01-02T03:04:05Z");

    /// Text of the secret -> token.
    private final Map<String, ApiToken> tokens = new ConcurrentHashMap<>();

    /// Who asked for what: `create ci by owner`.
    public final ConcurrentLinkedQueue<String> changes = new ConcurrentLinkedQueue<>();

    /// Names of the tokens that were used.
    public final ConcurrentLinkedQueue<String> used = new ConcurrentLinkedQueue<>();

    /// One of the local tenant that does not end.
    public String with(Scope one, Scope... others) {
        return with(Tenant.LOCAL, EnumSet.of(one, others), Optional.empty());
    }

    public String with(Tenant tenant, Set<Scope> scopes, Optional<Instant> expiresAt) {
        NewToken wish = new NewToken(tenant, "t" + tokens.size(), scopes, expiresAt);
        return create(wish, "test").secret().text();
    }

    @Override
    public Optional<ApiToken> find(TokenSecret secret) {
        return Optional.ofNullable(tokens.get(secret.text()));
    }

    @Override
    public void used(ApiToken token) {
        used.add(token.name());
    }

    @Override
    public void writeDown() {}

    @Override
    public List<ApiToken> list() {
        return tokens.values().stream().toList();
    }

    @Override
    public Created create(NewToken wish, String by) {
        if (tokens.values().stream()
                .anyMatch(token ->
                        token.tenant().equals(wish.tenant()) && token.name().equals(wish.name()))) {
            throw new RegistryException.AlreadyExists("token " + wish.name() + " exists");
        }
        TokenSecret secret = TokenSecret.generate(new SecureRandom());
        ApiToken token = new ApiToken(
                TokenSecret.id(secret.hash()),
                wish.tenant(),
                wish.name(),
                wish.scopes(),
                CREATED,
                wish.expiresAt(),
                Optional.empty());
        tokens.put(secret.text(), token);
        changes.add("create " + wish.name() + " by " + by);
        return new Created(token, secret);
    }

    @Override
    public boolean revoke(Tenant tenant, String name, String by) {
        changes.add("revoke " + name + " by " + by);
        return tokens.values()
                .removeIf(token -> token.tenant().equals(tenant) && token.name().equals(name));
    }
}
