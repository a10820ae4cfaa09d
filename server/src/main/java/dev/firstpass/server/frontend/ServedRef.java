package dev.firstpass.server.frontend;

import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.Tenant;
import java.util.Optional;

/// What a tool names where it has one name for all that it asks for: a model, and maybe one of the server's projects, written
/// as version strings have them (`coco@production+fields`). Tools keep neither a query nor a header for a model.
///
/// Immutable.
public record ServedRef(ModelRef model, Optional<Project> project) {
    /// @param tenant who says it
    /// @throws dev.firstpass.registry.RegistryException if it is no reference, or there is no such project
    public static ServedRef parse(Tenant tenant, String text, ProjectListing projects) {
        int plus = text.indexOf('+');
        return plus < 0
                ? new ServedRef(ModelRef.parse(tenant, text), Optional.empty())
                : new ServedRef(
                        ModelRef.parse(tenant, text.substring(0, plus)),
                        Optional.of(projects.project(ProjectRef.parse(tenant, text.substring(plus + 1)))));
    }

    /// `name@version`, where there is a project.
    public Optional<String> projectName() {
        return project.map(known -> known.ref().toString());
    }

    /// What tools keep predictions by: they ask again where it changes.
    public String versionString(ModelDescription described, long version) {
        return described.name() + "@" + version
                + projectName().map(name -> "+" + name).orElse("");
    }

    /// What holds for an answer.
    ///
    /// @param asked what the request itself wishes, over what the project does
    public LabelingSpec labeling(LabelingWishes asked) {
        return project.map(known -> known.labeling(asked)).orElseGet(() -> asked.spec(""));
    }

    /// A model as it answers by the project.
    public ModelDescription seen(ModelDescription described) {
        return project.map(described::by).orElse(described);
    }
}
