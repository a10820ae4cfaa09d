package dev.firstpass.server.frontend;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.spec.LabelingCheck;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.ProjectSpec;
import dev.firstpass.registry.RegistryException.ProjectNotFound;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.manifest.ProjectDocument;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Labeling projects in memory; they are held against the model of [TestVersions], whatever model is named.
///
/// Thread-safe.
public final class FakeProjects implements ProjectAdmin {
    private final List<Project> versions = new ArrayList<>();

    /// Says so of a project, in YAML.
    public synchronized Project set(String name, String yaml) {
        return set(Tenant.LOCAL, name, yaml);
    }

    /// The same of another tenant's.
    public synchronized Project set(Tenant tenant, String name, String yaml) {
        return set(new ProjectName(tenant, name), ProjectDocument.read(yaml.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public synchronized Project set(ProjectName name, ProjectSpec spec) {
        Project next = new Project(
                name,
                versions(name).size() + 1L,
                ProjectDocument.digest(ProjectDocument.canonical(spec)),
                spec,
                Instant.parse("2026-01-02T03:04:05Z"));
        versions.add(next);
        return next;
    }

    /// There are none again.
    public synchronized void clear() {
        versions.clear();
    }

    @Override
    public synchronized List<Project> projects(Tenant tenant) {
        return versions.stream()
                .filter(project -> project.name().tenant().equals(tenant))
                .filter(project -> project.number() == versions(project.name()).size())
                .sorted(Comparator.comparing(project -> project.name().value()))
                .toList();
    }

    @Override
    public synchronized Project project(ProjectRef ref) {
        long wanted = ref.number().orElse(versions(ref.name()).size());
        return versions.stream()
                .filter(project -> project.name().equals(ref.name()) && project.number() == wanted)
                .findFirst()
                .orElseThrow(() -> new ProjectNotFound(ref + ": no such project"));
    }

    @Override
    public synchronized List<Long> versions(ProjectName name) {
        return versions.stream()
                .filter(project -> project.name().equals(name))
                .map(Project::number)
                .toList();
    }

    @Override
    public LabelingCheck check(ProjectRef ref, ModelRef model, List<String> labels) {
        Project project = project(ref);
        return LabelingCheck.of(
                project.labeling(LabelingWishes.NONE),
                TestVersions.version(model.name().value(), 1).manifest().spec(),
                GeometryKind.BOX,
                labels);
    }
}
