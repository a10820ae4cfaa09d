package dev.firstpass.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.registry.token.TokenSecret;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.frontend.FakeTokens;
import dev.firstpass.server.security.Verdict.Known;
import dev.firstpass.server.security.Verdict.Refusal;
import dev.firstpass.server.security.Verdict.Unknown;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TokenAuthenticatorTest {
    private static final Instant END = Instant.parse("2027-01-01T00:00:00Z");

    private final FakeTokens tokens = new FakeTokens();
    private final TokenSecret owner = TokenSecret.generate(new SecureRandom());
    private Instant now = END.minusMillis(1);
    private final Authenticator authenticator = new TokenAuthenticator(tokens, owner, () -> now);

    private Verdict check(String token) {
        return authenticator.check(new Credential.Token(token));
    }

    @Test
    void token_isItsTenantsAndItsScopes_untilItEnds_andNoLonger() {
        String token = tokens.with(new Tenant("acme"), EnumSet.of(Scope.TENSORS), Optional.of(END));

        assertEquals(new Known(new Caller(new Tenant("acme"), "t0", Set.of(Scope.TENSORS))), check(token));
        now = END;
        assertEquals(new Unknown(Refusal.EXPIRED), check(token));
        assertEquals(1, tokens.used.size(), "what is refused is no use");
    }

    @Test
    void revoked_isUnknown_andSoIsAnyOther() {
        String token = tokens.with(Scope.PRELABEL);
        tokens.revoke(Tenant.LOCAL, "t0", "me");

        assertEquals(new Unknown(Refusal.UNKNOWN), check(token));
        assertEquals(
                new Unknown(Refusal.UNKNOWN),
                check(TokenSecret.generate(new SecureRandom()).text()));
        assertEquals(new Unknown(Refusal.MALFORMED), check("hunter2"));
        assertEquals(new Unknown(Refusal.MISSING), authenticator.check(new Credential.None()));
    }

    @Test
    void owner_mayDoAll_andIsNoTokenOfTheRegistry() {
        assertEquals(new Known(new Caller(Tenant.LOCAL, "owner", EnumSet.allOf(Scope.class))), check(owner.text()));
        assertFalse(tokens.find(owner).isPresent());
    }

    @Test
    void withoutAuthentication_everybodyIsTheLocalCaller() {
        assertEquals(new Known(Caller.LOCAL), Authenticator.NONE.check(new Credential.None()));
    }
}
