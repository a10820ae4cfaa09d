package dev.firstpass.server.frontend.roboflow;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.ModelDescription;
import dev.firstpass.server.frontend.ModelLabels;
import dev.firstpass.server.frontend.ModelListing;
import java.util.Optional;

/// The models as an inference server lists those that it has loaded. The client asks for the task of a model here, and has it
/// loaded where it is not listed; which models are in memory is the server's own affair, so that does no more than list it.
///
/// Immutable.
record ServedModels(ModelListing models) {
    private static final String MODELS = "models";

    ObjectNode server() {
        return Json.object()
                .put("name", "Firstpass")
                .put(
                        "version",
                        Optional.ofNullable(ServedModels.class.getPackage().getImplementationVersion())
                                .orElse("development"))
                .put("uuid", "firstpass");
    }

    /// Those in production.
    ObjectNode all(Tenant tenant) {
        ObjectNode body = Json.object();
        ArrayNode list = body.putArray(MODELS);
        models.models(tenant).stream()
                .filter(model -> !model.aliases().isEmpty())
                .forEach(model -> Task.of(model).ifPresent(task -> list.add(json(model.name(), task))));
        return body;
    }

    /// The same and one more, under the id that it is asked for by.
    ///
    /// @param model that the id means
    /// @throws dev.firstpass.server.failure.FailureException NOT_SUPPORTED if it cannot be asked here
    ObjectNode with(Tenant tenant, String id, ModelDescription model) {
        Task task = requireTask(model);
        ObjectNode body = all(tenant);
        body.withArray(MODELS).add(json(id, task));
        return body;
    }

    static Task requireTask(ModelDescription model) {
        return Task.of(model)
                .orElseThrow(() -> ModelLabels.unfit(
                        model, "needs a prompt or finds lines, which Roboflow's protocol has no task for"));
    }

    private static ObjectNode json(String id, Task task) {
        return Json.object().put("model_id", id).put("task_type", task.id());
    }
}
