package dev.firstpass.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.OctetSequenceKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.config.OidcConfig;
import dev.firstpass.server.security.Verdict.Known;
import dev.firstpass.server.security.Verdict.Refusal;
import dev.firstpass.server.security.Verdict.Unknown;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Tokens of an issuer: those that are good, and everything that is known of how others get theirs taken.
final class JwtAuthenticatorTest {
    private static final String ISSUER = "https://id.example.org";
    private static final Instant START = Instant.parse("2026-06-01T00:00:00Z");
    private static final Duration EXPIRY = Duration.ofHours(6);
    private static final RSAKey RSA = rsa("r1", 2048);
    private static final ECKey EC = ec("e1", Curve.P_256);

    private Instant now = START;
    private List<JWK> published = List.of(RSA, EC);
    private boolean isDown;
    private int reads;
    private SigningKeys keys = new SigningKeys(this::read, EXPIRY, () -> now);
    private JwtAuthenticator authenticator = authenticator(config("scope", Map.of(), Optional.empty()));

    @BeforeEach
    void look() throws InterruptedException {
        keys.look();
    }

    private byte[] read() throws IOException {
        reads++;
        if (isDown) {
            throw new IOException("down");
        }
        return new JWKSet(published).toString(true).getBytes(StandardCharsets.UTF_8);
    }

    private static OidcConfig config(String claim, Map<String, Set<Scope>> scopes, Optional<String> tenantClaim) {
        return new OidcConfig(
                ISSUER,
                "firstpass",
                new OidcConfig.Keys.At(URI.create(ISSUER + "/keys")),
                Optional.empty(),
                EXPIRY,
                claim,
                scopes,
                tenantClaim);
    }

    private JwtAuthenticator authenticator(OidcConfig config) {
        return new JwtAuthenticator(config, keys, () -> now);
    }

    private static RSAKey rsa(String id, int bits) {
        try {
            return new RSAKeyGenerator(bits, true).keyID(id).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ECKey ec(String id, Curve curve) {
        try {
            return new ECKeyGenerator(curve).keyID(id).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .audience(List.of("other", "firstpass"))
                .subject("mona")
                .claim("scope", "openid prelabel register")
                .expirationTime(Date.from(now.plusSeconds(600)));
    }

    private static String sign(JWSAlgorithm algorithm, @Nullable String id, JWSSigner signer, JWTClaimsSet claims) {
        try {
            SignedJWT token = new SignedJWT(
                    new JWSHeader.Builder(algorithm)
                            .keyID(id)
                            .type(JOSEObjectType.JWT)
                            .build(),
                    claims);
            token.sign(signer);
            return token.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private String signed(UnaryOperator<JWTClaimsSet.Builder> change) {
        return signed(RSA, change);
    }

    private String signed(RSAKey key, UnaryOperator<JWTClaimsSet.Builder> change) {
        try {
            return sign(
                    JWSAlgorithm.RS256,
                    key.getKeyID(),
                    new RSASSASigner(key),
                    change.apply(claims()).build());
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private Verdict check(String token) {
        return authenticator.check(new Credential.Token(token));
    }

    private void assertRefused(Refusal why, String token) {
        assertEquals(new Unknown(why), check(token));
    }

    @Test
    void token_ofTheIssuer_isItsSubjectWithItsScopes() throws JOSEException {
        Known mona = new Known(new Caller(Tenant.LOCAL, "oidc:mona", Set.of(Scope.PRELABEL, Scope.REGISTER)));
        String token = signed(claims -> claims);

        assertEquals(mona, check(token));
        assertEquals(mona, check(token), "and when it is remembered");
        assertEquals(mona, authenticator.check(new Credential.Basic("anybody", token)));
        assertEquals(mona, check(sign(JWSAlgorithm.ES256, "e1", new ECDSASigner(EC), claims().build())));
        assertEquals(new Unknown(Refusal.MISSING), authenticator.check(new Credential.None()));
    }

    @Test
    void groups_standForScopes_andAClaimForTheTenant() {
        authenticator = authenticator(config(
                "groups",
                Map.of("labelers", Set.of(Scope.PRELABEL), "ops", Set.of(Scope.METRICS, Scope.TENSORS)),
                Optional.of("org")));
        UnaryOperator<JWTClaimsSet.Builder> groups = claims -> claims.claim("groups", List.of("labelers", "ops", "x"));

        assertEquals(
                new Known(new Caller(new Tenant("acme"), "oidc:mona", Set.of(Scope.PRELABEL, Scope.TENSORS))),
                check(signed(claims -> groups.apply(claims).claim("org", "acme"))),
                "metrics are of the whole server");
        assertEquals(
                new Known(new Caller(Tenant.LOCAL, "oidc:mona", Set.of(Scope.PRELABEL, Scope.TENSORS, Scope.METRICS))),
                check(signed(claims -> groups.apply(claims).claim("org", "local"))));
        assertEquals(
                new Known(new Caller(Tenant.LOCAL, "oidc:mona", Set.of())),
                check(signed(claims -> claims.claim("org", "local"))));
        assertRefused(Refusal.FOREIGN, signed(groups));
        assertRefused(Refusal.FOREIGN, signed(claims -> groups.apply(claims).claim("org", "../acme")));
        assertRefused(Refusal.FOREIGN, signed(claims -> groups.apply(claims).claim("org", List.of("acme"))));
    }

    @Test
    void algorithm_otherThanTheTwo_isRefused() throws JOSEException {
        JWTClaimsSet good = claims().build();

        assertRefused(Refusal.MALFORMED, new PlainJWT(good).serialize());
        // The public key as the secret of a symmetric signature, as whoever does not look at the algorithm would take
        // it.
        byte[] secret = RSA.toRSAPublicKey().getEncoded();
        assertRefused(Refusal.UNKNOWN, sign(JWSAlgorithm.HS256, "r1", new MACSigner(secret), good));
        assertRefused(
                Refusal.UNKNOWN,
                sign(JWSAlgorithm.HS256, "r1", new MACSigner(RSA.toPublicJWK().toJSONString()), good));
        assertRefused(Refusal.UNKNOWN, sign(JWSAlgorithm.RS512, "r1", new RSASSASigner(RSA), good));
        assertRefused(Refusal.UNKNOWN, sign(JWSAlgorithm.PS256, "r1", new RSASSASigner(RSA), good));
        ECKey other = ec("e1", Curve.P_384);
        assertRefused(Refusal.UNKNOWN, sign(JWSAlgorithm.ES384, "e1", new ECDSASigner(other), good));
        assertRefused(Refusal.UNKNOWN, sign(JWSAlgorithm.ES256, "r1", new ECDSASigner(EC), good));
    }

    @Test
    void signature_ofAnother_orChangedClaims_areRefused() {
        assertRefused(Refusal.UNKNOWN, signed(rsa("r1", 2048), claims -> claims));
        String[] parts = signed(claims -> claims).split("\\.", -1);
        String[] others = signed(claims -> claims.subject("admin")).split("\\.", -1);
        assertRefused(Refusal.UNKNOWN, parts[0] + "." + others[1] + "." + parts[2]);
        assertRefused(Refusal.UNKNOWN, parts[0] + "." + parts[1] + "." + parts[2].substring(0, 300));
        assertInstanceOf(Unknown.class, check(parts[0] + "." + parts[1] + "."));
    }

    @Test
    void time_countsWithAMinuteOfSkew() {
        String token = signed(claims -> claims);
        now = START.plusSeconds(659);
        assertInstanceOf(Known.class, check(token));
        now = START.plusSeconds(660);
        assertRefused(Refusal.EXPIRED, token);

        now = START;
        String later = signed(claims -> claims.notBeforeTime(Date.from(START.plusSeconds(120))));
        assertRefused(Refusal.NOT_YET, later);
        now = START.plusSeconds(60);
        assertInstanceOf(Known.class, check(later));
        assertRefused(Refusal.MALFORMED, signed(claims -> claims.expirationTime(null)));
    }

    @Test
    void issuer_audience_andSubject_areThoseThatAreMeant() {
        assertRefused(Refusal.FOREIGN, signed(claims -> claims.issuer("https://id.example.org/")));
        assertRefused(Refusal.FOREIGN, signed(claims -> claims.issuer(null)));
        assertRefused(Refusal.FOREIGN, signed(claims -> claims.audience("firstpass2")));
        assertRefused(Refusal.FOREIGN, signed(claims -> claims.audience((String) null)));
        assertRefused(Refusal.MALFORMED, signed(claims -> claims.subject(null)));
        assertRefused(Refusal.MALFORMED, signed(claims -> claims.subject("mona\nadmin")));
        assertRefused(Refusal.MALFORMED, signed(claims -> claims.subject("m".repeat(256))));
    }

    @Test
    void text_thatIsNoToken_orOf64KiB_isRefusedUnread() {
        assertRefused(Refusal.MALFORMED, "eyJhbGciOiJub25lIn0");
        assertRefused(Refusal.MALFORMED, "e30.e30.e30");
        assertRefused(Refusal.MALFORMED, "ey.ey.ey.ey.ey");
        assertRefused(Refusal.MALFORMED, signed(claims -> claims.claim("x", "y".repeat(64 << 10))));
    }

    /// A new key is looked for when a token names it, once in a tick and not for each token.
    @Test
    void key_thatIsNew_isFound_andOneThatIsGone_countsNoMore() throws InterruptedException {
        RSAKey next = rsa("r2", 2048);
        String old = signed(claims -> claims);
        String young = signed(next, claims -> claims);
        assertInstanceOf(Known.class, check(old));
        assertEquals(1, reads);
        keys.look();
        assertEquals(1, reads, "not again so soon");

        published = List.of(RSA, next);
        assertRefused(Refusal.UNKNOWN, young);
        keys.look();
        assertEquals(2, reads);
        assertInstanceOf(Known.class, check(young));
        assertInstanceOf(Known.class, check(old));

        published = List.of(next);
        now = now.plusSeconds(301);
        keys.look();
        assertInstanceOf(Known.class, check(young));
        assertRefused(Refusal.UNKNOWN, old);
    }

    @Test
    void key_thatIsNew_isFound_forATokenThatNamesNone() throws Exception {
        RSAKey next = rsa("r2", 2048);
        String young = sign(JWSAlgorithm.RS256, null, new RSASSASigner(next), claims().build());
        published = List.of(RSA, next);
        assertRefused(Refusal.UNKNOWN, young);
        keys.look();
        assertInstanceOf(Known.class, check(young));
    }

    @Test
    void keys_thatCannotBeHad_countForAWhile_andThenNobodyIsKnown() throws InterruptedException {
        String token = signed(claims -> claims.expirationTime(Date.from(START.plus(Duration.ofDays(1)))));
        assertInstanceOf(Known.class, check(token));
        isDown = true;
        now = START.plus(EXPIRY).minusSeconds(1);
        keys.look();
        assertInstanceOf(Known.class, check(token));
        now = START.plus(EXPIRY);
        keys.look();
        assertRefused(Refusal.KEYLESS, token);

        isDown = false;
        keys.look();
        assertInstanceOf(Known.class, check(token));
    }

    @Test
    void keys_thatAreSecretOrWeakOrOfAnotherCurve_areNone() throws JOSEException, InterruptedException {
        RSAKey weak = rsa("weak", 1024);
        published = List.of(
                weak,
                ec("curve", Curve.P_384),
                new OctetSequenceKeyGenerator(256).keyID("secret").generate());
        keys.want();
        keys.look();
        assertInstanceOf(Known.class, check(signed(claims -> claims)), "those from before");
        byte[] set = new JWKSet(published).toString(true).getBytes(StandardCharsets.UTF_8);
        assertThrows(ParseException.class, () -> SigningKeys.parse(set));
        assertThrows(ParseException.class, () -> SigningKeys.parse("<html>".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void issuer_thatWasNeverReached_knowsNobody() {
        keys = new SigningKeys(this::read, EXPIRY, () -> now);
        authenticator = authenticator(config("scope", Map.of(), Optional.empty()));

        assertRefused(Refusal.KEYLESS, signed(claims -> claims));
    }
}
