package dev.firstpass.server.security;

import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.ApiToken;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.registry.token.TokenSecret;
import dev.firstpass.registry.token.Tokens;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.security.Verdict.Known;
import dev.firstpass.server.security.Verdict.Refusal;
import dev.firstpass.server.security.Verdict.Unknown;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Optional;

/// Knows callers by tokens of the API, and by one more of this server alone, which whoever owns the data directory can read
/// there.
///
/// Thread-safe. A look is a hash and a look into a map, for those that are wrong as for those that are right.
public final class TokenAuthenticator implements Authenticator {
    /// Whoever runs the server, by the token that ends with it.
    static final Caller OWNER = new Caller(Tenant.LOCAL, "owner", EnumSet.allOf(Scope.class));

    private final Tokens tokens;
    private final byte[] owner;
    private final InstantSource clock;

    /// @param owner the server's own, which may do everything as long as the server runs
    public TokenAuthenticator(Tokens tokens, TokenSecret owner, InstantSource clock) {
        this.tokens = tokens;
        this.owner = owner.hash();
        this.clock = clock;
    }

    @Override
    public Verdict check(Credential credential) {
        if (credential instanceof Credential.None) {
            return new Unknown(Refusal.MISSING);
        }
        Optional<TokenSecret> secret = credential.secret();
        return secret.isEmpty() ? new Unknown(Refusal.MALFORMED) : check(secret.get());
    }

    private Verdict check(TokenSecret secret) {
        Optional<ApiToken> found = tokens.find(secret);
        if (found.isEmpty()) {
            return TokenSecret.isSame(owner, secret.hash()) ? new Known(OWNER) : new Unknown(Refusal.UNKNOWN);
        }
        ApiToken token = found.get();
        if (token.isExpired(clock.instant())) {
            return new Unknown(Refusal.EXPIRED);
        }
        tokens.used(token);
        return new Known(new Caller(token.tenant(), token.name(), token.scopes()));
    }
}
