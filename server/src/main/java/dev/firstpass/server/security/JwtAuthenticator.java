package dev.firstpass.server.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Sha256;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.NewToken;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.RecentlyUsed;
import dev.firstpass.server.config.OidcConfig;
import dev.firstpass.server.security.Verdict.Known;
import dev.firstpass.server.security.Verdict.Refusal;
import dev.firstpass.server.security.Verdict.Unknown;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Knows callers by tokens of an issuer of OpenID Connect: JSON Web Tokens, signed by RS256 or ES256 with a key of the issuer's.
///
/// Thread-safe. A token that was good is remembered by its digest, so that the next look is a hash and a look into a map; one that is
/// not, or is new, costs the verification of a signature, up to a millisecond.
final class JwtAuthenticator implements Authenticator {
    /// Clocks may differ by so much.
    private static final Duration SKEW = Duration.ofSeconds(60);

    private static final int MAX_LENGTH = 8192;
    private static final int REMEMBERED_BYTES = 4 << 20;

    /// Of a digest, a caller, and what a map needs for them.
    private static final int ENTRY_BYTES = 512;

    private static final Set<JWSAlgorithm> ALGORITHMS = Set.of(JWSAlgorithm.RS256, JWSAlgorithm.ES256);
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*\\.[A-Za-z0-9_-]*");

    /// What `sub` may be, so that the audit and logs can have it: OpenID Connect says ASCII, 255 at most.
    private static final Pattern SUBJECT = Pattern.compile("[ -~]{1,255}");

    private final OidcConfig config;
    private final SigningKeys keys;
    private final InstantSource clock;
    private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    private final RecentlyUsed<String, Good> good;

    /// A token that was verified.
    ///
    /// @param keys it was verified with
    private record Good(Caller caller, Instant until, JWKSet keys) {}

    JwtAuthenticator(OidcConfig config, SigningKeys keys, InstantSource clock) {
        this.config = config;
        this.keys = keys;
        this.clock = clock;
        this.good = new RecentlyUsed<>(REMEMBERED_BYTES, Duration.ofHours(1), System::nanoTime, () -> {});
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(ALGORITHMS, keys));
        processor.setJWSTypeVerifier(
                new DefaultJOSEObjectTypeVerifier<>(JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
        // Claims are looked at below, each with its own refusal.
        processor.setJWTClaimsSetVerifier((_, _) -> {});
    }

    @Override
    public Verdict check(Credential credential) {
        return switch (credential) {
            case Credential.None _, Credential.Certificate _ -> new Unknown(Refusal.MISSING);
            case Credential.Token(String token) -> check(token);
            case Credential.Basic basic -> check(basic.password());
        };
    }

    private Verdict check(String token) {
        if (token.length() > MAX_LENGTH) {
            return new Unknown(Refusal.MALFORMED);
        }
        Optional<JWKSet> current = keys.current();
        if (current.isEmpty()) {
            return new Unknown(Refusal.KEYLESS);
        }
        String digest = Sha256.of(token.getBytes(StandardCharsets.US_ASCII));
        Optional<Good> known = good.get(digest)
                .filter(one -> one.keys.equals(current.get()) && clock.instant().isBefore(one.until));
        return known.<Verdict>map(one -> new Known(one.caller)).orElseGet(() -> verify(token, digest, current.get()));
    }

    private Verdict verify(String token, String digest, JWKSet current) {
        if (!FORM.matcher(token).matches()) {
            return new Unknown(Refusal.MALFORMED);
        }
        try {
            SignedJWT signed = SignedJWT.parse(token);
            wantKey(signed, current);
            JWTClaimsSet claims = claims(signed);
            Optional<Refusal> refusal = refusal(claims);
            if (refusal.isPresent()) {
                return new Unknown(refusal.get());
            }
            Optional<Caller> caller = caller(claims);
            caller.ifPresent(one -> {
                Instant until = claims.getExpirationTime().toInstant().plus(SKEW);
                var _ = good.put(digest, new Good(one, until, current), ENTRY_BYTES);
            });
            return caller.<Verdict>map(Known::new).orElseGet(() -> new Unknown(Refusal.FOREIGN));
        } catch (ParseException _) {
            return new Unknown(Refusal.MALFORMED);
        } catch (BadJOSEException | JOSEException _) {
            return new Unknown(Refusal.UNKNOWN);
        }
    }

    /// A key that is not known may be the issuer's next one.
    private void wantKey(SignedJWT signed, JWKSet current) {
        @Nullable String id = signed.getHeader().getKeyID();
        if (id != null && current.getKeyByKeyId(id) == null) {
            keys.want();
        }
    }

    /// Where a token does not say which key it is signed with, it may be the issuer's next one as well.
    private JWTClaimsSet claims(SignedJWT signed) throws BadJOSEException, JOSEException {
        try {
            return processor.process(signed, null);
        } catch (BadJOSEException e) {
            if (signed.getHeader().getKeyID() == null) {
                keys.want();
            }
            throw e;
        }
    }

    private Optional<Refusal> refusal(JWTClaimsSet claims) {
        Instant now = clock.instant();
        @Nullable Date expires = claims.getExpirationTime();
        @Nullable Date begins = claims.getNotBeforeTime();
        @Nullable String subject = claims.getSubject();
        if (!config.issuer().equals(claims.getIssuer()) || !claims.getAudience().contains(config.audience())) {
            return Optional.of(Refusal.FOREIGN);
        }
        if (expires == null || subject == null || !SUBJECT.matcher(subject).matches()) {
            return Optional.of(Refusal.MALFORMED);
        }
        if (!now.isBefore(expires.toInstant().plus(SKEW))) {
            return Optional.of(Refusal.EXPIRED);
        }
        return begins != null && now.isBefore(begins.toInstant().minus(SKEW))
                ? Optional.of(Refusal.NOT_YET)
                : Optional.empty();
    }

    /// Empty where it is of no tenant.
    private Optional<Caller> caller(JWTClaimsSet claims) {
        return tenant(claims).map(tenant -> {
            Set<Scope> scopes = scopes(claims);
            scopes.retainAll(NewToken.scopesOf(tenant));
            return new Caller(tenant, "oidc:" + claims.getSubject(), scopes);
        });
    }

    private Optional<Tenant> tenant(JWTClaimsSet claims) {
        if (config.tenantClaim().isEmpty()) {
            return Optional.of(Tenant.LOCAL);
        }
        try {
            return Optional.ofNullable(claims.getClaim(config.tenantClaim().get()))
                    .filter(String.class::isInstance)
                    .map(value -> new Tenant((String) value));
        } catch (RegistryException.ArgumentInvalid _) {
            return Optional.empty();
        }
    }

    private Set<Scope> scopes(JWTClaimsSet claims) {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (String value : values(claims.getClaim(config.scopesClaim()))) {
            if (config.scopes().isEmpty()) {
                Scope.of(value).ifPresent(scopes::add);
            } else {
                scopes.addAll(config.scopes().getOrDefault(value, Set.of()));
            }
        }
        return scopes;
    }

    private static List<String> values(@Nullable Object claim) {
        return switch (claim) {
            case String text -> Arrays.asList(text.split(" ", -1));
            case Collection<?> list -> list.stream().map(String::valueOf).toList();
            case null, default -> List.of();
        };
    }
}
