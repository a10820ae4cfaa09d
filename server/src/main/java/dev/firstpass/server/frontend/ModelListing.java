package dev.firstpass.server.frontend;

import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Tenant;
import java.util.List;

/// The models as callers of the data listener see them.
///
/// Thread-safe. May read from the registry's store, so it is asked on a virtual thread.
public interface ModelListing {
    /// Every model with at least one version that a tenant may use, by name: its own, and of those that [Tenant#LOCAL] shares
    /// the ones whose names it has not given itself. Each described by the version that `production` means, or else by its
    /// newest one.
    List<ModelDescription> models(Tenant tenant);

    /// The same with all their versions.
    List<ModelEntry> offered(Tenant tenant);

    /// What a name means to its tenant: a model of its own, or else one that [Tenant#LOCAL] shares.
    ///
    /// @throws dev.firstpass.registry.RegistryException.ModelNotFound if there is no such model
    ModelEntry offered(ModelName name);

    /// The model with the version that `ref` means to its tenant; see [#offered].
    ///
    /// @throws dev.firstpass.registry.RegistryException.ModelNotFound if there is no such model
    /// @throws dev.firstpass.registry.RegistryException.VersionNotFound if it has no such version or alias
    ModelDescription model(ModelRef ref);
}
