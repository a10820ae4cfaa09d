package dev.firstpass.server.runtime.lifecycle;

import java.util.Map;
import java.util.stream.Collectors;

/// A version that is loaded.
///
/// Immutable.
///
/// @param bytes device -> bytes of its memory that the version is booked with
/// @param stages stage -> device -> what it took to get it ready there
public record LoadedVersion(Map<String, Long> bytes, Map<String, Map<String, Preparation>> stages) {
    public LoadedVersion {
        bytes = Map.copyOf(bytes);
        stages = stages.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, entry -> Map.copyOf(entry.getValue())));
    }
}
