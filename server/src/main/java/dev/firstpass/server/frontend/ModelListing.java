package dev.firstpass.server.frontend;

import dev.firstpass.registry.ModelRef;
import java.util.List;

/// The models as callers of the data listener see them.
///
/// Thread-safe. May read from the registry's store, so it is asked on a virtual thread.
public interface ModelListing {
    /// Every model with at least one version, by name; each described by the version that `production` means, or
    /// else by its newest one.
    List<ModelDescription> models();

    /// The model with the version that `ref` means.
    ///
    /// @throws dev.firstpass.registry.RegistryException.ModelNotFound if there is no such model
    /// @throws dev.firstpass.registry.RegistryException.VersionNotFound if it has no such version or alias
    ModelDescription model(ModelRef ref);
}
