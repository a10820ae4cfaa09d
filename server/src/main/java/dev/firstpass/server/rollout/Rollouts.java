package dev.firstpass.server.rollout;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Rollout;
import java.util.Optional;

/// The rollouts that there are.
///
/// @implSpec thread-safe; `current` answers from memory, since it is on the path of every request
public interface Rollouts {
    Optional<Current> current(ModelRef.Aliased alias);

    /// Ends the canary of an alias if it is still that one, for want of somebody who asks for it. Waits for the disk.
    ///
    /// @return whether it did
    boolean stop(ModelRef.Aliased alias, long canary, String why);

    /// @param stable the version that the alias names
    record Current(long stable, Rollout rollout) {}
}
