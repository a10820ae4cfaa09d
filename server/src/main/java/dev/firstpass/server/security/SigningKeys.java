package dev.firstpass.server.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import dev.firstpass.server.failure.FailureException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The public keys of an issuer of tokens: read again every five minutes, and sooner where a token names a key that is not among them, or
/// reading failed. Keys that could not be read again for too long are none any more.
///
/// Thread-safe. Looking keys up does not block; [#look] does.
final class SigningKeys implements JWKSource<SecurityContext> {
    /// How often [#look] is to be called.
    static final Duration TICK = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(SigningKeys.class);
    private static final Duration REFRESH = Duration.ofMinutes(5);
    private static final int LEAST_RSA_BITS = 2048;

    private final Source source;
    private final Duration expiry;
    private final InstantSource clock;
    private volatile Read read = Read.NONE;
    private volatile boolean isWanted = true;
    private boolean isFailing;

    /// Where the keys are.
    @FunctionalInterface
    interface Source {
        /// Blocks.
        ///
        /// @throws IOException if it cannot be read
        /// @throws FailureException if it cannot be fetched
        /// @throws InterruptedException if nobody waits any more
        byte[] read() throws IOException, InterruptedException;
    }

    /// @param set the same object as long as the keys are the same
    private record Read(JWKSet set, Instant at) {
        static final Read NONE = new Read(new JWKSet(), Instant.MIN);
    }

    /// Has no keys until the first [#look].
    ///
    /// @param expiry how long keys count that could not be read again
    SigningKeys(Source source, Duration expiry, InstantSource clock) {
        this.source = source;
        this.expiry = expiry;
        this.clock = clock;
    }

    /// The keys that count now; empty where they are not known, or too old.
    Optional<JWKSet> current() {
        Read now = read;
        boolean isFresh = now.at.isAfter(Instant.MIN) && clock.instant().isBefore(now.at.plus(expiry));
        return isFresh ? Optional.of(now.set) : Optional.empty();
    }

    /// Has the next [#look] read the keys: there may be a new one.
    void want() {
        isWanted = true;
    }

    /// Reads the keys if it is time to. Blocks.
    synchronized void look() throws InterruptedException {
        Instant now = clock.instant();
        if (!isWanted && !isFailing && now.isBefore(read.at.plus(REFRESH))) {
            return;
        }
        isWanted = false;
        try {
            JWKSet set = parse(source.read());
            read = new Read(set.equals(read.set) ? read.set : set, now);
            if (isFailing) {
                LOG.info("the keys of the issuer are at hand again");
            }
            isFailing = false;
        } catch (IOException | ParseException | FailureException e) {
            if (!isFailing) {
                LOG.warn(
                        "the keys of the issuer cannot be read, and count for {} more: {}",
                        current().isEmpty() ? Duration.ZERO : Duration.between(now, read.at.plus(expiry)),
                        e.getMessage());
            }
            isFailing = true;
        }
    }

    /// Those of a set that tokens may be signed with: what is secret or weak is left out.
    static JWKSet parse(byte[] json) throws ParseException {
        List<JWK> usable = JWKSet.parse(new String(json, StandardCharsets.UTF_8)).toPublicJWKSet().getKeys().stream()
                .filter(SigningKeys::isUsable)
                .toList();
        if (usable.isEmpty()) {
            throw new ParseException(
                    "no key for RS256 of at least " + LEAST_RSA_BITS + " bits, or for ES256 on P-256", 0);
        }
        return new JWKSet(usable);
    }

    private static boolean isUsable(JWK key) {
        try {
            return switch (key) {
                case RSAKey rsa -> rsa.toRSAPublicKey().getModulus().bitLength() >= LEAST_RSA_BITS;
                case ECKey curve -> curve.getCurve().equals(Curve.P_256);
                default -> false;
            };
        } catch (JOSEException _) {
            return false;
        }
    }

    @Override
    public List<JWK> get(JWKSelector selector, @Nullable SecurityContext context) {
        return current().map(selector::select).orElse(List.of());
    }
}
