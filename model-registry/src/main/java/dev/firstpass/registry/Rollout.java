package dev.firstpass.registry;

import dev.firstpass.registry.RegistryException.ArgumentInvalid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/// How an alias' requests are split: some of the assets meet another version than the one that it names.
///
/// Immutable.
///
/// @param canary number of the version that they meet
/// @param percent of the assets, 0 to 100
public record Rollout(long canary, int percent) {
    private static final int BUCKETS = 10_000;

    public Rollout {
        if (percent < 0 || percent > 100) {
            throw new ArgumentInvalid("percent", "percent: " + percent + " (expected: 0 to 100)");
        }
    }

    /// Whether an asset meets the canary. It does so always or never as long as the percentage stays, and stays with the
    /// canary when that grows. Models are split independently of each other. Costs a SHA-256 over the identifier.
    ///
    /// @param name of the model
    /// @param asset the caller's identifier of the asset
    public boolean meetsCanary(ModelName name, String asset) {
        return bucket(name, asset) < percent * (BUCKETS / 100);
    }

    private static int bucket(ModelName name, String asset) {
        MessageDigest digest = Sha256.begin();
        digest.update(name.value().getBytes(StandardCharsets.UTF_8));
        // No name has it, so that no two pairs read alike.
        digest.update((byte) 0);
        byte[] hash = digest.digest(asset.getBytes(StandardCharsets.UTF_8));
        return Integer.remainderUnsigned(ByteBuffer.wrap(hash).getInt(), BUCKETS);
    }

    /// `canary=3 percent=10`, for the audit.
    @Override
    public String toString() {
        return "canary=" + canary + " percent=" + percent;
    }
}
