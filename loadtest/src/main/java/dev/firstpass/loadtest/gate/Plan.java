package dev.firstpass.loadtest.gate;

import java.time.Duration;
import java.util.Optional;

/// How the gate loads the server.
///
/// Immutable.
///
/// @param stable reference of a model version
/// @param candidate likewise
/// @param rate requests a second, on the whole
/// @param blockSeconds of each block
/// @param pairs of blocks that count; one more goes before them and does not
/// @param timeout that requests name; empty where they name none
/// @param seed of the arrivals and of the bootstrap
record Plan(
        String stable,
        String candidate,
        double rate,
        double blockSeconds,
        int pairs,
        boolean isBulk,
        Optional<Duration> timeout,
        long seed) {
    String model(Arm arm) {
        return switch (arm) {
            case STABLE -> stable;
            case CANDIDATE -> candidate;
        };
    }
}
