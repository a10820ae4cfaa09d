package dev.firstpass.server.frontend.xanylabeling;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.frontend.EncodedImages;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.ModelDescription;
import dev.firstpass.server.frontend.ModelLabels;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.PrelabelCalls;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.ServedRef;
import dev.firstpass.server.pipeline.FormatChoice;
import dev.firstpass.server.pipeline.PrelabelAnswer;
import dev.firstpass.server.pipeline.PrelabelRequest;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// `POST /x-anylabeling/v1/predict`. The shapes are those of the label format `labelme` in its dialect of X-AnyLabeling; a polygon's
/// first point stands at its end again, by which the client knows that it is closed.
///
/// Of a prompt's answer every shape has a label by which the client knows to ask the labeler for one.
///
/// Immutable.
record Prediction(PrelabelCalls calls) {
    private static final String UNLABELED = "AUTOLABEL_OBJECT";
    private static final List<String> MEMBERS = List.of(
            "label", "shape_type", "points", "score", "group_id", "attributes", "flags", "difficult", "kie_linking");

    /// The member `data` of the answer. Blocks.
    ObjectNode answer(ServiceRequestContext request, AggregatedHttpRequest whole) {
        ObjectNode body = Json.readObject("body", whole.content().array());
        ServedRef ref = calls.ref(request, Options.text("model", body.path("model")));
        ModelDescription model = calls.model(request, ref);
        RemoteModels.requireShapes(model);
        AssetRef image = EncodedImages.ofDataUri("image", Options.text("image", body.path("image")));
        JsonNode params = params(body);
        Optional<Prompt> prompt = new Marks(calls.rules()).read(params.path("marks"));
        if (model.takesPrompt() && prompt.isEmpty()) {
            // The client asks as soon as the model is chosen, before anything is marked.
            return data(Json.object().putArray("shapes"), true);
        }
        PrelabelRequest asked = calls.request(
                request,
                ref.model(),
                image,
                model.takesPrompt() ? prompt.orElseThrow() : new Prompt.None(),
                ref.labeling(wishes(params, model)),
                Optional.of(new FormatChoice("labelme", Map.of("dialect", "x-anylabeling"))));
        PrelabelAnswer answer = calls.prelabel(request, asked);
        return data(shapes(answer, model.takesPrompt()), model.takesPrompt());
    }

    private static JsonNode params(ObjectNode body) {
        JsonNode params = body.path("params");
        if (!params.isMissingNode() && !params.isNull() && !params.isObject()) {
            throw RequestRules.invalid("params", "params: " + Json.kind(params) + " (expected: an object)");
        }
        return params;
    }

    private LabelingWishes wishes(JsonNode params, ModelDescription model) {
        Set<String> classes = ModelLabels.classes(model, classes(params.path("filter_classes")));
        return LabelingWishes.ofRequest(
                threshold(params.path("conf_threshold")),
                classes,
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /// 0 is what the client sends where its user has said nothing.
    private Optional<Double> threshold(JsonNode node) {
        return node.isMissingNode() || node.isNull()
                ? Optional.empty()
                : Optional.of(calls.rules()
                                .threshold("params.conf_threshold", Options.number("params.conf_threshold", node)))
                        .filter(value -> value > 0);
    }

    private static Set<String> classes(JsonNode node) {
        if (node.isMissingNode() || node.isNull()) {
            return Set.of();
        }
        if (!node.isArray()) {
            throw RequestRules.invalid(
                    "params.filter_classes",
                    "params.filter_classes: " + Json.kind(node) + " (expected: an array of names)");
        }
        Set<String> classes = new LinkedHashSet<>();
        node.forEach(name -> classes.add(Options.text("params.filter_classes", name)));
        return classes;
    }

    private static ArrayNode shapes(PrelabelAnswer answer, boolean isPrompted) {
        ArrayNode shapes = Json.object().putArray("shapes");
        for (JsonNode written : Json.readOwn(answer.body()).path("shapes")) {
            ObjectNode shape = shapes.addObject();
            for (String member : MEMBERS) {
                Optional.ofNullable(written.get(member)).ifPresent(value -> shape.set(member, value));
            }
            shape.put("direction", written.path("direction").asDouble(0));
            shape.putNull("description");
            if (isPrompted) {
                shape.put("label", UNLABELED);
            }
            if (shape.path("shape_type").asText().equals(GeometryKind.POLYGON.id())
                    && shape.get("points") instanceof ArrayNode points
                    && !points.isEmpty()) {
                points.add(points.get(0));
            }
        }
        return shapes;
    }

    /// @param isAdded whether the shapes are added to those that are there; else the client's user says
    private static ObjectNode data(ArrayNode shapes, boolean isAdded) {
        ObjectNode data = Json.object();
        data.set("shapes", shapes);
        data.put("description", "");
        if (isAdded) {
            data.put("replace", false);
        } else {
            data.putNull("replace");
        }
        return data;
    }
}
