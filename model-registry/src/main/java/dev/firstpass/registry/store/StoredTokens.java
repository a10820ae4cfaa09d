package dev.firstpass.registry.store;

import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.RegistryException.ArgumentInvalid;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.store.MetadataStore.TokenRow;
import dev.firstpass.registry.token.ApiToken;
import dev.firstpass.registry.token.NewToken;
import dev.firstpass.registry.token.TokenSecret;
import dev.firstpass.registry.token.Tokens;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The tokens of the metadata store, all of them in memory: whoever shows one that there is not, costs a hash and a look, as
/// one that there is, and neither reaches the database. The picture is read anew after each change, of this server and of
/// those that share the registry. While the database does not answer, it stays what it was.
///
/// Thread-safe.
final class StoredTokens implements Tokens {
    private static final Logger LOG = LoggerFactory.getLogger(StoredTokens.class);

    /// 200 bytes of memory each.
    private static final int MOST_OF_OPERATOR = 10_000;

    /// Whoever manages a tenant makes its tokens themselves.
    private static final int MOST_OF_TENANT = 1_000;

    private static final long HOUR_SECONDS = Duration.ofHours(1).toSeconds();

    private final MetadataStore metadata;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private final Object reading = new Object();

    /// Id -> the hour of the last use, in hours since 1970, where it is known here.
    private final Map<String, Long> hours = new ConcurrentHashMap<>();

    /// What of that is not written down yet.
    private final Map<String, Long> fresh = new ConcurrentHashMap<>();

    /// First 8 bytes of the hash, which are the id -> token.
    private volatile Map<Long, Known> known = Map.of();

    private record Known(ApiToken token, byte[] hash) {}

    StoredTokens(MetadataStore metadata, InstantSource clock) {
        this.metadata = metadata;
        this.clock = clock;
    }

    /// Reads all of them. One reading after the other, so that no older state takes the place of a newer one.
    ///
    /// @throws RegistryException if the database does not give them; what was known stays known
    void reload() {
        synchronized (reading) {
            Map<Long, Known> next = new HashMap<>();
            for (TokenRow row : metadata.tokens()) {
                hash(row.hash()).ifPresent(hash -> next.put(key(hash), new Known(row.token(), hash)));
            }
            known = Map.copyOf(next);
            hours.keySet().retainAll(ids(next));
        }
    }

    private static List<String> ids(Map<Long, Known> all) {
        return all.values().stream().map(each -> each.token().id()).toList();
    }

    /// A damaged one is nobody's.
    private static Optional<byte[]> hash(String hex) {
        try {
            return Optional.of(HexFormat.of().parseHex(hex)).filter(hash -> hash.length >= Long.BYTES);
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static long key(byte[] hash) {
        return ByteBuffer.wrap(hash).getLong();
    }

    @Override
    public Optional<ApiToken> find(TokenSecret secret) {
        byte[] hash = secret.hash();
        @Nullable Known found = known.get(key(hash));
        return found != null && TokenSecret.isSame(found.hash(), hash) ? Optional.of(found.token()) : Optional.empty();
    }

    @Override
    public void used(ApiToken token) {
        long hour = clock.instant().getEpochSecond() / HOUR_SECONDS;
        @Nullable Long before = hours.get(token.id());
        if (before == null || before < hour) {
            hours.put(token.id(), hour);
            fresh.put(token.id(), hour);
        }
    }

    @Override
    public void writeDown() {
        Map<String, Instant> used = new HashMap<>();
        fresh.forEach((id, hour) -> used.put(id, Instant.ofEpochSecond(hour * HOUR_SECONDS)));
        if (used.isEmpty()) {
            return;
        }
        try {
            metadata.tokensUsed(used);
            used.forEach((id, at) -> fresh.remove(id, at.getEpochSecond() / HOUR_SECONDS));
            reload();
        } catch (RegistryException e) {
            LOG.warn("when tokens were used is not written down: {}", e.getMessage());
        }
    }

    @Override
    public List<ApiToken> list() {
        return metadata.tokens().stream().map(TokenRow::token).toList();
    }

    @Override
    public Created create(NewToken wish, String by) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        wish.expiresAt().filter(end -> !end.isAfter(now)).ifPresent(end -> {
            throw new ArgumentInvalid("expires", "expires: " + end + " (expected: later than now)");
        });
        TokenSecret secret = TokenSecret.generate(random);
        byte[] hash = secret.hash();
        ApiToken token = new ApiToken(
                TokenSecret.id(hash),
                wish.tenant(),
                wish.name(),
                wish.scopes(),
                now,
                wish.expiresAt().map(end -> end.truncatedTo(ChronoUnit.MILLIS)),
                Optional.empty());
        int most = wish.tenant().equals(Tenant.LOCAL) ? MOST_OF_OPERATOR : MOST_OF_TENANT;
        metadata.addToken(new TokenRow(token, HexFormat.of().formatHex(hash)), most, by);
        reload();
        return new Created(token, secret);
    }

    @Override
    public boolean revoke(Tenant tenant, String name, String by) {
        boolean was = metadata.revokeToken(tenant, name, by, clock.instant());
        reload();
        return was;
    }
}
