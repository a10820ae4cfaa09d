package dev.firstpass.server.rollout;

import java.time.Instant;
import java.util.Optional;

/// How a rollout does, at one instant, on this replica.
///
/// Immutable.
///
/// @param since when its figures begin: with the rollout, or with the server where that began later
/// @param stable of the version that the alias names
/// @param canary empty where there is none
/// @param shadow empty where there is none
/// @param stopped the canary that was stopped last, as long as there is no other
public record RolloutReport(
        Instant since,
        ArmReport stable,
        Optional<ArmReport> canary,
        Optional<ShadowReport> shadow,
        Optional<Stop> stopped) {
    /// @param detail what it was stopped for, in figures
    public record Stop(long canary, Instant at, StopReason reason, String detail) {}
}
