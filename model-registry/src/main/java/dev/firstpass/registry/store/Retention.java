package dev.firstpass.registry.store;

import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ModelVersion.State;
import dev.firstpass.registry.RegistryException.ArgumentInvalid;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;

/// Which versions of a model are too old to keep.
///
/// Pure.
final class Retention {
    static final int MOST_KEPT = 1_000_000;

    private Retention() {}

    /// The versions that nobody uses and nobody holds, but for the last `keep` of them, the oldest first. One that is
    /// being validated is none of them.
    ///
    /// @throws ArgumentInvalid if `keep` is negative or beyond reason
    static List<ModelVersion> removable(ModelEntry entry, Set<Long> held, int keep) {
        if (keep < 0 || keep > MOST_KEPT) {
            throw new ArgumentInvalid("keep", "keep: " + keep + " (expected: 0 to " + MOST_KEPT + ")");
        }
        Set<Long> kept = new HashSet<>(held);
        kept.addAll(entry.aliases().values());
        entry.rollouts().values().stream()
                .flatMapToLong(rollout -> LongStream.concat(rollout.canary().stream(), rollout.shadow().stream()))
                .forEach(kept::add);
        List<ModelVersion> idle = entry.versions().stream()
                .filter(version -> !kept.contains(version.number()))
                .filter(version -> version.state() != State.VALIDATING)
                .toList();
        return idle.subList(0, Math.max(0, idle.size() - keep));
    }
}
