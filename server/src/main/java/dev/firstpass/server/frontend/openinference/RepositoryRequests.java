package dev.firstpass.server.frontend.openinference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import dev.firstpass.proto.inference.RepositoryIndexResponse;
import dev.firstpass.server.frontend.Json;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// The bodies of requests to the repository over HTTP, all of which may be empty, and of its index.
///
/// Pure functions.
final class RepositoryRequests {
    private RepositoryRequests() {}

    /// Whether an index is to be of what is ready only.
    static boolean readyOnly(AggregatedHttpRequest request) {
        ObjectNode body = body(request);
        Json.requireKnown("", body, List.of("ready"));
        JsonNode ready = body.path("ready");
        if (!ready.isMissingNode() && !ready.isBoolean()) {
            throw Wire.invalid("ready", "ready: " + Json.kind(ready) + " (expected: a boolean)");
        }
        return ready.asBoolean();
    }

    /// The names of a request's parameters.
    static Set<String> parameters(AggregatedHttpRequest request) {
        ObjectNode body = body(request);
        Json.requireKnown("", body, List.of("parameters"));
        JsonNode parameters = body.path("parameters");
        if (!parameters.isMissingNode() && !parameters.isObject()) {
            throw Wire.invalid("parameters", "parameters: " + Json.kind(parameters) + " (expected: an object)");
        }
        Set<String> names = new TreeSet<>();
        parameters.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static ObjectNode body(AggregatedHttpRequest request) {
        byte[] bytes = request.content().array();
        return bytes.length == 0 ? Json.object() : Json.readObject("body", bytes);
    }

    static ArrayNode json(RepositoryIndexResponse index) {
        ArrayNode models = Descriptions.object().putArray("models");
        index.getModelsList().forEach(each -> {
            ObjectNode model = models.addObject();
            model.put("name", each.getName());
            model.put("version", each.getVersion());
            model.put("state", each.getState());
            if (!each.getReason().isEmpty()) {
                model.put("reason", each.getReason());
            }
        });
        return models;
    }
}
