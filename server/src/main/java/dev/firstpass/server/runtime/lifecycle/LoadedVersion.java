package dev.firstpass.server.runtime.lifecycle;

import java.util.Map;
import java.util.stream.Collectors;

/// A version that is loaded.
///
/// Immutable.
///
/// @param bytes device -> bytes of its memory that the version is booked with
/// @param stages stage -> device -> what it took to get it ready there
/// @param setups stage -> device -> how it is run there
public record LoadedVersion(
        Map<String, Long> bytes,
        Map<String, Map<String, Preparation>> stages,
        Map<String, Map<String, RunSetup>> setups) {
    public LoadedVersion {
        bytes = Map.copyOf(bytes);
        stages = copy(stages);
        setups = copy(setups);
    }

    private static <T> Map<String, Map<String, T>> copy(Map<String, Map<String, T>> stages) {
        return stages.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, entry -> Map.copyOf(entry.getValue())));
    }
}
