package dev.firstpass.registry;

import java.util.Map;

/// One server, as it stands: its name, and what it has of the versions in memory. What the registry knows of a version, its
/// state, is another matter.
///
/// Immutable.
///
/// @param name the host's; with something that tells servers on one host apart where several share a registry
/// @param versions those that are not COLD
public record Replica(String name, Map<ModelRef.Numbered, Residency> versions) {
    public Replica {
        versions = Map.copyOf(versions);
    }

    /// What a server has of a version.
    public enum Residency {
        /// Nothing: it is loaded when it is asked for.
        COLD,

        /// It is being loaded, or waits for its turn or for memory.
        LOADING,

        /// It is loaded and warm.
        SERVING,

        /// It could not be loaded lately, or is refused since it brings its worker down time after time.
        FAILED
    }

    public Residency of(ModelRef.Numbered version) {
        return versions.getOrDefault(version, Residency.COLD);
    }
}
