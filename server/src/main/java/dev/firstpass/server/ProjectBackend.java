package dev.firstpass.server;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.postprocess.spec.LabelingCheck;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.ProjectSpec;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.store.ModelRegistry;
import dev.firstpass.server.frontend.ProjectAdmin;
import java.util.List;

/// Labeling projects, as the doors see them.
///
/// Thread-safe; owns nothing.
final class ProjectBackend implements ProjectAdmin {
    private final ModelRegistry registry;
    private final Sharing sharing;
    private final List<ModelFamily> families;

    ProjectBackend(ModelRegistry registry, Sharing sharing, List<ModelFamily> families) {
        this.registry = registry;
        this.sharing = sharing;
        this.families = List.copyOf(families);
    }

    @Override
    public List<Project> projects(Tenant tenant) {
        return registry.projects(tenant);
    }

    @Override
    public Project project(ProjectRef ref) {
        return registry.project(ref);
    }

    @Override
    public List<Long> versions(ProjectName name) {
        return registry.projectVersions(name).stream().map(Project::number).toList();
    }

    @Override
    public Project set(ProjectName name, ProjectSpec spec) {
        return registry.setProject(name, spec);
    }

    @Override
    public LabelingCheck check(ProjectRef ref, ModelRef model, List<String> labels) {
        Project project = registry.project(ref);
        ModelSpec spec = registry.resolve(sharing.meant(model)).manifest().spec();
        GeometryKind found = families.stream()
                .filter(family -> family.id().equals(spec.family()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("family: " + spec.family() + " is not in this release"))
                .nativeGeometry(spec.parameters());
        return LabelingCheck.of(project.labeling(LabelingWishes.NONE), spec, found, labels);
    }
}
