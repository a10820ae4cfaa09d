package dev.firstpass.server.frontend.roboflow;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.frontend.RequestRules;

/// How Roboflow's clients name a model: `coco/3`, `coco/production`, or `coco` alone.
///
/// Pure functions.
final class ModelId {
    private ModelId() {}

    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID if there is more than one slash
    /// @throws dev.firstpass.registry.RegistryException.ArgumentInvalid if a part is none
    static ModelRef parse(String id) {
        int slash = id.indexOf('/');
        if (slash >= 0 && (id.indexOf('/', slash + 1) >= 0 || id.indexOf('@') >= 0)) {
            throw RequestRules.invalid("model_id", "model_id: more than two parts (expected: name/version)");
        }
        return ModelRef.parse(id.replace('/', '@'));
    }
}
