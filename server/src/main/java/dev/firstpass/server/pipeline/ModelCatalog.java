package dev.firstpass.server.pipeline;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.asset.Asset;

/// Which version answers for a reference.
///
/// Thread-safe. On the path of every request, so it must answer from memory.
@FunctionalInterface
public interface ModelCatalog {
    /// @param asset decides between the arms of a rollout, so that the same asset always meets the same arm
    /// @throws dev.firstpass.registry.RegistryException if there is no such model or version
    Choice choose(ModelRef ref, Asset asset);
}
