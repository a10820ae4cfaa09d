package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.postprocess.spec.LabelingCheck;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.manifest.ProjectDocument;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.ProjectListing;

/// Labeling projects as both listeners show them.
///
/// Pure functions.
final class ProjectJson {
    private ProjectJson() {}

    /// The newest version of each.
    static ObjectNode list(Tenant tenant, ProjectListing projects) {
        ObjectNode body = Json.object();
        ArrayNode list = body.putArray("projects");
        projects.projects(tenant).forEach(project -> list.add(of(project, projects)));
        return body;
    }

    static ObjectNode of(Project project, ProjectListing projects) {
        ObjectNode json = Json.object()
                .put("ref", project.ref().toString())
                .put("name", project.name().value())
                .put("version", project.number())
                .put("digest", project.digest())
                .put("createdAt", project.createdAt().toString());
        json.set("versions", Json.tree(projects.versions(project.name())));
        json.set("spec", ProjectDocument.tree(project.spec()));
        return json;
    }

    static ObjectNode of(ProjectRef project, ModelRef.Numbered model, LabelingCheck check) {
        ObjectNode json = Json.object()
                .put("project", project.toString())
                .put("model", model.toString())
                .put("fits", check.isFit());
        json.set("unmapped", Json.tree(check.unmapped()));
        json.set("unknownClasses", Json.tree(check.unknownClasses()));
        json.set("unknownLabels", Json.tree(check.unknownLabels()));
        json.set("unusedLabels", Json.tree(check.unusedLabels()));
        check.geometry().ifPresent(why -> json.put("geometry", why));
        return json;
    }
}
