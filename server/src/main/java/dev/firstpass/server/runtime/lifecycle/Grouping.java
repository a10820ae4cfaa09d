package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Tenant;
import java.util.Set;

/// Which versions share an isolation group, and so memory: whoever takes a process of a group over from within sees what is
/// sent to the group's models, and can answer for them.
public sealed interface Grouping {
    /// The name of a version's group. Names of tenants and models have no slash, so no tenant's name leads into a group that
    /// is not its own.
    String of(ModelVersion version);

    /// The name of the group that a tenant's models share.
    static String of(Tenant tenant) {
        return tenant.value();
    }

    /// One group for all, whoever owns them: what is left where all native code runs in one process anyway.
    ///
    /// Immutable.
    record OneForAll() implements Grouping {
        @Override
        public String of(ModelVersion version) {
            return Grouping.of(Tenant.LOCAL);
        }
    }

    /// One group for each tenant, so that many small models of a tenant cost one set of workers, and one for each model that
    /// several tenants use, `TENANT/MODEL` by its owner: there, whoever takes it over sees nothing but what is sent to that
    /// model.
    ///
    /// Immutable.
    ///
    /// @param shared models that several tenants use
    record ByTenant(Set<ModelName> shared) implements Grouping {
        public ByTenant {
            shared = Set.copyOf(shared);
        }

        @Override
        public String of(ModelVersion version) {
            String tenant = Grouping.of(version.tenant());
            return shared.contains(version.name()) ? tenant + "/" + version.name() : tenant;
        }
    }
}
