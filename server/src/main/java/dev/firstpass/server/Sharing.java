package dev.firstpass.server;

import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.store.ModelRegistry;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Which models of [Tenant#LOCAL] every tenant may use: those that the settings name, and no other. Who has a model of such a
/// name means its own.
///
/// Thread-safe; from memory. Nothing is looked up for who means its own models alone: `local`, and everybody where nothing is
/// shared under the name that is meant.
final class Sharing {
    private final ModelRegistry registry;
    private final Set<String> names;

    /// @param shared models of [Tenant#LOCAL]
    Sharing(ModelRegistry registry, Collection<ModelName> shared) {
        this.registry = registry;
        this.names = shared.stream().map(ModelName::value).collect(Collectors.toUnmodifiableSet());
    }

    /// The model that a reference means to its tenant, under its owner's name. There may be no such model.
    ModelRef meant(ModelRef ref) {
        return isAnothers(ref.name()) ? ref.of(Tenant.LOCAL) : ref;
    }

    /// The same of a name.
    ModelName meant(ModelName name) {
        return isAnothers(name) ? new ModelName(Tenant.LOCAL, name.value()) : name;
    }

    private boolean isAnothers(ModelName name) {
        return !name.tenant().equals(Tenant.LOCAL) && names.contains(name.value()) && !registry.has(name);
    }

    /// Every model that a tenant may use, by name.
    List<ModelEntry> offered(Tenant tenant) {
        List<ModelEntry> own = registry.models(tenant);
        if (tenant.equals(Tenant.LOCAL) || names.isEmpty()) {
            return own;
        }
        Stream<ModelEntry> shared = registry.models(Tenant.LOCAL).stream()
                .filter(entry -> isAnothers(new ModelName(tenant, entry.name().value())));
        return Stream.concat(own.stream(), shared)
                .sorted((a, b) -> ModelName.ORDER.compare(a.name(), b.name()))
                .toList();
    }
}
