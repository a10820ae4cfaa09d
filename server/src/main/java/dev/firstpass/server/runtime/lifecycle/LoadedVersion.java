package dev.firstpass.server.runtime.lifecycle;

import java.util.Map;

/// A version that is loaded.
///
/// Immutable.
///
/// @param bytes of memory that it is booked with
/// @param stages stage -> what it took to get it ready
public record LoadedVersion(long bytes, Map<String, Preparation> stages) {
    public LoadedVersion {
        stages = Map.copyOf(stages);
    }
}
