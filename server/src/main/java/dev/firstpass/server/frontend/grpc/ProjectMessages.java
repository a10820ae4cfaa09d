package dev.firstpass.server.frontend.grpc;

import dev.firstpass.postprocess.spec.LabelingCheck;
import dev.firstpass.proto.v1.ListProjectsResponse;
import dev.firstpass.proto.v1.Project;
import dev.firstpass.proto.v1.ProjectValidation;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.manifest.ProjectDocument;
import dev.firstpass.server.frontend.ProjectListing;

/// Labeling projects, as messages.
///
/// Pure functions.
final class ProjectMessages {
    private ProjectMessages() {}

    static ListProjectsResponse list(Tenant tenant, ProjectListing projects) {
        ListProjectsResponse.Builder response = ListProjectsResponse.newBuilder();
        projects.projects(tenant).forEach(one -> response.addProjects(project(one, projects)));
        return response.build();
    }

    static Project.Builder project(dev.firstpass.registry.Project project, ProjectListing projects) {
        return Project.newBuilder()
                .setRef(project.ref().toString())
                .setName(project.name().value())
                .setVersion(project.number())
                .setDigest(project.digest())
                .setCreatedAt(RegistryMessages.timestamp(project.createdAt()))
                .addAllVersions(projects.versions(project.name()))
                .setSpec(ProjectDocument.tree(project.spec()).toString());
    }

    static ProjectValidation validation(LabelingCheck check) {
        return ProjectValidation.newBuilder()
                .setFits(check.isFit())
                .addAllUnmapped(check.unmapped())
                .addAllUnknownClasses(check.unknownClasses())
                .addAllUnknownLabels(check.unknownLabels())
                .addAllUnusedLabels(check.unusedLabels())
                .setGeometry(check.geometry().orElse(""))
                .build();
    }
}
