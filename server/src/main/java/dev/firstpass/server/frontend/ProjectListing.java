package dev.firstpass.server.frontend;

import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.Tenant;
import java.util.List;

/// The labeling projects as callers of the data listener see them.
///
/// Thread-safe. From memory, so it may be asked on any thread.
public interface ProjectListing {
    /// The newest version of each project of a tenant, by name.
    List<Project> projects(Tenant tenant);

    /// The version that a reference means now.
    ///
    /// @throws dev.firstpass.registry.RegistryException.ProjectNotFound if there is no such project, or no such version
    Project project(ProjectRef ref);

    /// Numbers of a project's versions; empty where there is no such project.
    List<Long> versions(ProjectName name);
}
