package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.registry.ModelVersion;
import java.util.Optional;

/// Whether a version's files still are those that were registered. Asked before each load, on the thread that loads.
///
/// Thread-safe. It may read all of the files.
@FunctionalInterface
public interface Integrity {
    /// Believes it.
    Integrity ASSUMED = _ -> Optional.empty();

    /// Whether they have to be brought from elsewhere first: then `problem` takes as long as that, and is not asked on the
    /// thread that loads before it was asked on another one.
    default boolean isFar(ModelVersion version) {
        return false;
    }

    /// What is wrong with them, in words that anybody may read; empty if nothing is.
    Optional<String> problem(ModelVersion version);
}
