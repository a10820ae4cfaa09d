package dev.firstpass.server;

import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.store.ModelRegistry;
import dev.firstpass.server.rollout.Rollouts;
import java.util.Optional;

/// The registry's rollouts.
///
/// Thread-safe; owns nothing.
final class RegisteredRollouts implements Rollouts {
    private final ModelRegistry registry;

    RegisteredRollouts(ModelRegistry registry) {
        this.registry = registry;
    }

    @Override
    public Optional<Current> current(ModelRef.Aliased alias) {
        try {
            ModelEntry model = registry.model(alias.name());
            return Optional.ofNullable(model.aliases().get(alias.alias()))
                    .flatMap(stable -> model.rollout(alias.alias()).map(rollout -> new Current(stable, rollout)));
        } catch (RegistryException.ModelNotFound _) {
            return Optional.empty();
        }
    }

    @Override
    public boolean stop(ModelRef.Aliased alias, long canary, String why) {
        return registry.stopCanary(alias, canary, why);
    }
}
