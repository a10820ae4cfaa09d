package dev.firstpass.server.frontend.labelstudio;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.server.frontend.ModelDescription;
import dev.firstpass.server.frontend.ProjectListing;
import java.util.Optional;

/// What a base URL means: a model, and maybe one of the server's projects, written as the version string has them
/// (`coco@production+fields`), since Label Studio keeps neither a query nor a header for a backend.
///
/// Immutable.
record StudioRef(ModelRef model, Optional<Project> project) {
    /// @throws dev.firstpass.registry.RegistryException if it is no reference, or there is no such project
    static StudioRef parse(String text, ProjectListing projects) {
        int plus = text.indexOf('+');
        return plus < 0
                ? new StudioRef(ModelRef.parse(text), Optional.empty())
                : new StudioRef(
                        ModelRef.parse(text.substring(0, plus)),
                        Optional.of(projects.project(ProjectRef.parse(text.substring(plus + 1)))));
    }

    /// `name@version`, where there is a project.
    Optional<String> projectName() {
        return project.map(known -> known.ref().toString());
    }

    /// What Label Studio keeps predictions by: it asks again where it changes.
    String versionString(ModelDescription described, long version) {
        return described.name() + "@" + version
                + projectName().map(name -> "+" + name).orElse("");
    }
}
