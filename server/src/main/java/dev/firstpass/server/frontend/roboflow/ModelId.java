package dev.firstpass.server.frontend.roboflow;

import dev.firstpass.server.frontend.RequestRules;

/// How Roboflow's clients name a model: `coco/3`, `coco/production`, or `coco` alone, each with one of the server's projects or
/// without: `coco/3+fields@2`.
///
/// Pure functions.
final class ModelId {
    private ModelId() {}

    /// The reference as [dev.firstpass.server.frontend.ServedRef#parse] reads it.
    ///
    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID if there is more than one slash
    static String reference(String id) {
        int plus = id.indexOf('+');
        String model = plus < 0 ? id : id.substring(0, plus);
        int slash = model.indexOf('/');
        if (slash >= 0 && (model.indexOf('/', slash + 1) >= 0 || model.indexOf('@') >= 0)) {
            throw RequestRules.invalid("model_id", "model_id: more than two parts (expected: name/version)");
        }
        return model.replace('/', '@') + id.substring(model.length());
    }
}
