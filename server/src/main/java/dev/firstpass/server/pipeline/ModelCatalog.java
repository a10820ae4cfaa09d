package dev.firstpass.server.pipeline;

import dev.firstpass.registry.ModelRef;

/// Which version answers for a reference.
///
/// Thread-safe. On the path of every request, so it must answer from memory.
@FunctionalInterface
public interface ModelCatalog {
    /// @param subject decides between the arms of a rollout: the same one always meets the same arm; an asset's id, say
    /// @throws dev.firstpass.registry.RegistryException if there is no such model or version
    Choice choose(ModelRef ref, String subject);
}
