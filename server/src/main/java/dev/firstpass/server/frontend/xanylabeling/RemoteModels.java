package dev.firstpass.server.frontend.xanylabeling;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.ModelDescription;
import dev.firstpass.server.frontend.ModelLabels;
import dev.firstpass.server.frontend.OfferedModels;
import java.util.List;

/// The models with what X-AnyLabeling shows of each: its name, its classes and the controls beside the image.
///
/// A confidence of 0 means the model's own thresholds, so that is what the control begins with.
///
/// Immutable.
record RemoteModels(OfferedModels offered, ModelLabels labels) {
    private static final List<String> CONTROLS_OF_PROMPTS = List.of(
            "button_add_point", "button_remove_point", "button_add_rect", "button_clear", "button_finish_object");

    /// By reference: `coco` for the version in production, `coco@canary` for those of other aliases, `coco+fields` for one by a
    /// project.
    ObjectNode all(Tenant tenant) {
        ObjectNode all = Json.object();
        for (OfferedModels.Offered one : offered.all(tenant)) {
            if (one.model().geometry() != GeometryKind.CLASSIFICATION) {
                all.set(one.id(), json(one.id(), one.model()));
            }
        }
        return all;
    }

    /// @param model that the id means
    ObjectNode info(String id, ModelDescription model) {
        requireShapes(model);
        ObjectNode info = Json.object().put("model_id", id);
        info.setAll(json(id, model));
        return info;
    }

    static void requireShapes(ModelDescription model) {
        if (model.geometry() == GeometryKind.CLASSIFICATION) {
            throw ModelLabels.unfit(model, "classifies images, for which X-AnyLabeling's remote model has no shape");
        }
    }

    private ObjectNode json(String id, ModelDescription model) {
        ObjectNode json = Json.object();
        json.put("display_name", id + " (Firstpass, version " + model.version() + ")");
        ArrayNode widgets = json.putArray("widgets");
        if (model.takesPrompt()) {
            json.putNull("batch_processing_mode");
            CONTROLS_OF_PROMPTS.forEach(name -> widget(widgets, name));
            return json;
        }
        json.put("batch_processing_mode", "default");
        widget(widgets, "button_run");
        widget(widgets, "input_conf");
        widget(widgets, "edit_conf").put("value", 0.0);
        widget(widgets, "toggle_preserve_existing_annotations").put("value", false);
        if (!model.classes().isEmpty()) {
            widget(widgets, "button_classes_filter");
            json.set("classes", Json.tree(labels.of(model)));
        }
        return json;
    }

    private static ObjectNode widget(ArrayNode widgets, String name) {
        ObjectNode widget = widgets.addObject().put("name", name);
        widget.putNull("value");
        return widget;
    }
}
