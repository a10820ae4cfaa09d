package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.postprocess.annotation.Conversions;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.postprocess.format.LabelFormat;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.frontend.Backend;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.ModelDescription;
import dev.firstpass.server.frontend.ModelListing;
import dev.firstpass.server.frontend.PathParams;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.security.Callers;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What can be asked for: models, formats and families.
///
/// Immutable.
public final class CatalogueFrontend implements Frontend {
    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Blocking readers = routes.needing(Scope.PRELABEL, Scope.TENSORS).blocking(context.threads());
        Backend backend = context.backend();
        readers.get("/v1/models", (request, _) -> models(backend.models().models(Callers.tenant(request))));
        readers.get("/v1/models/{ref}", (request, _) -> model(backend.models(), request));
        readers.get("/v1/formats", (_, _) -> formats(backend.formats()));
        readers.get("/v1/families", (_, _) -> families(backend.families()));
    }

    private static HttpResponse models(List<ModelDescription> models) {
        ObjectNode body = Json.object();
        ArrayNode list = body.putArray("models");
        models.forEach(model -> list.add(json(model)));
        return Json.response(HttpStatus.OK, body);
    }

    private static HttpResponse model(ModelListing models, ServiceRequestContext request) {
        return Json.response(
                HttpStatus.OK,
                json(models.model(ModelRef.parse(Callers.tenant(request), PathParams.get(request, "ref")))));
    }

    private static ObjectNode json(ModelDescription model) {
        ObjectNode json = Json.object();
        json.put("name", model.name());
        json.put("version", model.version());
        json.put("digest", model.digest());
        json.set("versions", Json.tree(model.versions()));
        json.set("aliases", Json.tree(new TreeMap<>(model.aliases())));
        json.put("family", model.family());
        json.put("geometry", model.geometry().id());
        json.set("geometries", Json.tree(geometries(model.geometry())));
        json.put("takesPrompt", model.takesPrompt());
        json.set("classes", Json.tree(model.classes()));
        json.put("threshold", model.threshold());
        json.set("thresholds", Json.tree(new TreeMap<>(model.labelThresholds())));
        json.put("state", model.state().name());
        return json;
    }

    /// What the option `geometry` may ask of a model with that geometry, itself included.
    private static List<String> geometries(GeometryKind geometry) {
        return Stream.of(GeometryKind.values())
                .filter(kind -> Conversions.hasRule(geometry, kind))
                .map(GeometryKind::id)
                .toList();
    }

    private static HttpResponse formats(List<LabelFormat> formats) {
        ObjectNode body = Json.object();
        ArrayNode list = body.putArray("formats");
        for (LabelFormat format : formats) {
            ObjectNode json = list.addObject();
            json.put("id", format.id());
            json.put("mediaType", format.mediaType());
            json.put("fileExtension", format.fileExtension());
            json.put("description", format.description());
            ArrayNode options = json.putArray("options");
            format.options()
                    .forEach(option -> options.addObject()
                            .put("name", option.name())
                            .put("description", option.description())
                            .put("default", option.byDefault()));
        }
        return Json.response(HttpStatus.OK, body);
    }

    private static HttpResponse families(List<ModelFamily> families) {
        ObjectNode body = Json.object();
        ArrayNode list = body.putArray("families");
        for (ModelFamily family : families) {
            ObjectNode json = list.addObject()
                    .put("id", family.id())
                    .put("description", family.description())
                    .put("geometry", family.nativeGeometry().id())
                    .put("takesPrompt", family.takesPrompt());
            ArrayNode parameters = json.putArray("parameters");
            family.parameters()
                    .forEach(parameter -> parameters
                            .addObject()
                            .put("name", parameter.name())
                            .put("description", parameter.description())
                            .put("default", parameter.byDefault()));
        }
        return Json.response(HttpStatus.OK, body);
    }
}
