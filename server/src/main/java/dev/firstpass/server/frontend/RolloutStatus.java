package dev.firstpass.server.frontend;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Rollout;
import dev.firstpass.server.rollout.RolloutReport;
import java.util.Optional;

/// What becomes of an alias' requests, and how that goes on this replica, at one instant.
///
/// Immutable.
///
/// @param stable the version that the alias means
/// @param rollout empty where all go there, and none is copied
/// @param report its figures; empty where there is no rollout, and no canary was stopped
public record RolloutStatus(
        ModelRef.Aliased alias, long stable, Optional<Rollout> rollout, Optional<RolloutReport> report) {
    /// How it stands now.
    ///
    /// @throws RegistryException.VersionNotFound if there is no such alias
    public static RolloutStatus of(RegistryAdmin registry, ModelRef.Aliased alias) {
        long stable = Optional.ofNullable(registry.aliases(alias.name()).get(alias.alias()))
                .orElseThrow(() -> new RegistryException.VersionNotFound(alias + ": no such alias"));
        return new RolloutStatus(
                alias, stable, registry.rollout(alias.name(), alias.alias()), registry.rolloutReport(alias));
    }
}
