package dev.firstpass.server.pipeline;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Tenant;
import java.util.Optional;

/// What raw tensors are for, in a caller's words: a model's first stage by the model's name, or any stage by
/// `model.stage`; and a version by its number or an alias.
///
/// Immutable. Nothing of it is checked but when it is asked.
///
/// @param tenant whose words they are
/// @param version empty for the alias `production`
public record TensorTarget(Tenant tenant, String name, String version) {
    /// The version meant if the name is a model's.
    ///
    /// @throws RegistryException.ArgumentInvalid if it is none
    public ModelRef ref() {
        return ref(name);
    }

    /// The version and the stage meant if the name is one of a model and a stage; empty where it cannot be.
    Optional<OfStage> ofStage() {
        int dot = name.lastIndexOf('.');
        return dot <= 0 || dot == name.length() - 1
                ? Optional.empty()
                : Optional.of(new OfStage(ref(name.substring(0, dot)), name.substring(dot + 1)));
    }

    private ModelRef ref(String model) {
        if (model.indexOf('@') >= 0) {
            throw new RegistryException.ArgumentInvalid(
                    "name", "a model's name has no '@' here (expected: the version in a field of its own)");
        }
        return version.isEmpty()
                ? new ModelRef.Aliased(new ModelName(tenant, model), ModelRef.PRODUCTION)
                : ModelRef.parse(tenant, model + "@" + version);
    }

    record OfStage(ModelRef ref, String stage) {}
}
