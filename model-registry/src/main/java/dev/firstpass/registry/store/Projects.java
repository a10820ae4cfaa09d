package dev.firstpass.registry.store;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.ProjectSpec;
import dev.firstpass.registry.RegistryException.ProjectNotFound;
import dev.firstpass.registry.manifest.ProjectDocument;
import java.time.InstantSource;

/// Says something else of labeling projects.
///
/// Thread-safe; each change is one transaction, then published.
final class Projects {
    private final MetadataStore metadata;
    private final Catalog catalog;
    private final InstantSource clock;

    Projects(MetadataStore metadata, Catalog catalog, InstantSource clock) {
        this.metadata = metadata;
        this.catalog = catalog;
        this.clock = clock;
    }

    /// As [ModelRegistry#setProject].
    Project set(ProjectName name, ProjectSpec spec) {
        long number = metadata.setProject(name, ProjectDocument.canonical(spec), clock.instant());
        // What is published under a name is its model and its project.
        catalog.publish(new ModelName(name.tenant(), name.value()));
        return catalog.projectVersions(name).stream()
                .filter(project -> project.number() == number)
                .findFirst()
                .orElseThrow(() -> new ProjectNotFound(name + "@" + number + ": no such version"));
    }

    /// As [ModelRegistry#project].
    Project find(ProjectRef ref) {
        var versions = catalog.projectVersions(ref.name());
        if (versions.isEmpty()) {
            throw new ProjectNotFound(ref.name() + ": no such project");
        }
        if (ref.number().isEmpty()) {
            return versions.getLast();
        }
        return versions.stream()
                .filter(project -> project.number() == ref.number().getAsLong())
                .findFirst()
                .orElseThrow(() -> new ProjectNotFound(ref + ": no such version of the project"));
    }
}
