package dev.firstpass.server.frontend.cvat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.ModelDescription;
import dev.firstpass.server.frontend.ModelLabels;
import dev.firstpass.server.frontend.OfferedModels;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// The models as functions, with the annotations that CVAT's lambda manager reads.
///
/// Immutable.
record Functions(OfferedModels offered, ModelLabels labels) {
    /// A text attribute that CVAT fills in where a label of the task has one of that name.
    static final String SCORE_ATTRIBUTE = "confidence";

    /// All that CVAT can use, by name, as the dashboard lists them.
    ObjectNode all(Tenant tenant) {
        ObjectNode all = Json.object();
        for (OfferedModels.Offered one : offered.all(tenant)) {
            if (one.model().takesPrompt() || shape(one.model().geometry()).isPresent()) {
                String name = FunctionName.of(one);
                all.set(name, json(name, one.model()));
            }
        }
        return all;
    }

    /// @param model that the name means
    /// @throws dev.firstpass.server.failure.FailureException NOT_SUPPORTED if CVAT cannot use it
    ObjectNode function(String name, ModelDescription model) {
        if (!model.takesPrompt()) {
            requireShape(model);
        }
        return json(name, model);
    }

    static void requireShape(ModelDescription model) {
        if (shape(model.geometry()).isEmpty()) {
            throw ModelLabels.unfit(model, "gives keypoints, which need a skeleton in CVAT that nobody has described");
        }
    }

    /// What CVAT calls a geometry; empty where it needs to know more than a name.
    private static Optional<String> shape(GeometryKind geometry) {
        return switch (geometry) {
            case BOX, ROTATED_BOX -> Optional.of("rectangle");
            case POLYGON -> Optional.of("polygon");
            case MASK -> Optional.of("mask");
            case POLYLINE -> Optional.of("polyline");
            case CLASSIFICATION -> Optional.of("tag");
            case KEYPOINTS -> Optional.empty();
        };
    }

    private ObjectNode json(String name, ModelDescription model) {
        ObjectNode function = Json.object();
        ObjectNode metadata = function.putObject("metadata");
        metadata.put("name", name);
        metadata.put("namespace", "nuclio");
        metadata.putObject("labels").put("nuclio.io/project-name", "cvat");
        ObjectNode annotations = metadata.putObject("annotations");
        annotations.put("name", name + " (Firstpass, version " + model.version() + ")");
        annotations.put("version", Long.toString(model.version()));
        annotations.put("framework", model.family());
        if (model.takesPrompt()) {
            interactor(annotations);
        } else {
            detector(annotations, model);
        }
        function.putObject("spec").put("description", description(model));
        function.putObject("status").put("state", state(model.state()));
        return function;
    }

    /// CVAT takes any text for yes, so what is not so has to be left out. It asks for a click, or for a box where the labeler
    /// draws one first.
    private static void interactor(ObjectNode annotations) {
        annotations.put("type", "interactor");
        annotations.put("spec", "[]");
        annotations.put("min_pos_points", "1");
        annotations.put("min_neg_points", "0");
        annotations.put("startswith_box_optional", "true");
        annotations.put(
                "help_message",
                "Click on the object, or draw a box around it; click with the right button on what does not belong to it");
        annotations.put("animated_gif", "");
    }

    private void detector(ObjectNode annotations, ModelDescription model) {
        annotations.put("type", "detector");
        annotations.put("spec", new String(Json.bytes(spec(model)), StandardCharsets.UTF_8));
    }

    /// Each label with its shape and with the attributes that its findings have.
    private ArrayNode spec(ModelDescription model) {
        ArrayNode spec = Json.object().putArray("labels");
        String shape = shape(model.geometry()).orElseThrow();
        for (String label : labels.of(model)) {
            ObjectNode entry = spec.addObject();
            entry.put("id", spec.size() - 1);
            entry.put("name", label);
            entry.put("type", shape);
            ArrayNode attributes = entry.putArray("attributes");
            labels.attributes(model).forEach(name -> text(attributes, name));
            text(attributes, SCORE_ATTRIBUTE);
        }
        return spec;
    }

    private static void text(ArrayNode attributes, String name) {
        ObjectNode attribute = attributes.addObject().put("name", name).put("input_type", "text");
        attribute.putArray("values");
    }

    private static String description(ModelDescription model) {
        return model.name() + "@" + model.version() + ", a model of the family " + model.family()
                + ", served by Firstpass";
    }

    private static String state(ModelVersion.State state) {
        return switch (state) {
            case AVAILABLE -> "ready";
            case REGISTERED, VALIDATING -> "building";
            case FAILED, CORRUPT, RETIRED -> "error";
        };
    }
}
