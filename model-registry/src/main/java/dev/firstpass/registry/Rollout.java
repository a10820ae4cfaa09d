package dev.firstpass.registry;

import dev.firstpass.registry.RegistryException.ArgumentInvalid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.OptionalLong;

/// What happens to an alias' requests beside that the version which it names answers them: some of the assets meet a
/// canary instead, and some requests are copied to a shadow, whose answers nobody gets.
///
/// Immutable.
///
/// @param canary number of the version that some assets meet; empty where none do
/// @param percent of the assets that meet the canary, 0 to 100; 0 without one
/// @param shadow number of the version that gets copies; empty where none does
/// @param shadowPercent of the assets whose requests are copied, 0 to 100; 0 without one
public record Rollout(OptionalLong canary, int percent, OptionalLong shadow, int shadowPercent) {
    private static final int BUCKETS = 10_000;
    private static final String SHADOW = "shadow";

    public Rollout {
        requirePercent("percent", percent);
        requirePercent("shadow-percent", shadowPercent);
        if (canary.isEmpty() && shadow.isEmpty()) {
            throw new ArgumentInvalid("canary", "canary: none, and no shadow (expected: one of them, or both)");
        }
        if (canary.equals(shadow)) {
            throw new ArgumentInvalid(
                    SHADOW, "shadow: " + shadow.getAsLong() + " is the canary (expected: another version)");
        }
        if (canary.isEmpty() && percent != 0) {
            throw new ArgumentInvalid("percent", "percent: " + percent + " (expected: none without a canary)");
        }
        if (shadow.isEmpty() && shadowPercent != 0) {
            throw new ArgumentInvalid(
                    "shadow-percent", "shadow-percent: " + shadowPercent + " (expected: none without a shadow)");
        }
    }

    /// A canary alone.
    public Rollout(long canary, int percent) {
        this(OptionalLong.of(canary), percent, OptionalLong.empty(), 0);
    }

    /// A shadow alone.
    public static Rollout ofShadow(long shadow, int percent) {
        return new Rollout(OptionalLong.empty(), 0, OptionalLong.of(shadow), percent);
    }

    /// The same canary, and this shadow.
    public Rollout withShadow(long number, int ofAssets) {
        return new Rollout(canary, percent, OptionalLong.of(number), ofAssets);
    }

    private static void requirePercent(String name, int percent) {
        if (percent < 0 || percent > 100) {
            throw new ArgumentInvalid(name, name + ": " + percent + " (expected: 0 to 100)");
        }
    }

    /// Whether an asset meets the canary. It does so always or never as long as the percentage stays, and stays with the
    /// canary when that grows. Models are split independently of each other. Costs a SHA-256 over the identifier.
    ///
    /// @param name of the model
    /// @param asset the caller's identifier of the asset
    public boolean meetsCanary(ModelName name, String asset) {
        return canary.isPresent() && bucket(name, "", asset) < percent * (BUCKETS / 100);
    }

    /// Whether an asset's requests are copied to the shadow; as `meetsCanary`, and independent of it.
    public boolean meetsShadow(ModelName name, String asset) {
        return shadow.isPresent()
                && (shadowPercent == 100 || bucket(name, SHADOW, asset) < shadowPercent * (BUCKETS / 100));
    }

    private static int bucket(ModelName name, String purpose, String asset) {
        MessageDigest digest = Sha256.begin();
        digest.update(name.value().getBytes(StandardCharsets.UTF_8));
        // No name has it, so that no two pairs read alike.
        digest.update((byte) 0);
        if (!purpose.isEmpty()) {
            digest.update(purpose.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
        }
        byte[] hash = digest.digest(asset.getBytes(StandardCharsets.UTF_8));
        return Integer.remainderUnsigned(ByteBuffer.wrap(hash).getInt(), BUCKETS);
    }

    /// `canary=3 percent=10 shadow=4 shadow-percent=100`, for the audit.
    @Override
    public String toString() {
        String split = canary.isPresent() ? "canary=" + canary.getAsLong() + " percent=" + percent : "";
        String copies = shadow.isPresent() ? "shadow=" + shadow.getAsLong() + " shadow-percent=" + shadowPercent : "";
        return split + (split.isEmpty() || copies.isEmpty() ? "" : " ") + copies;
    }
}
