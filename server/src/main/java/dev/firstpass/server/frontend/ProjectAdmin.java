package dev.firstpass.server.frontend;

import dev.firstpass.postprocess.spec.LabelingCheck;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.ProjectSpec;
import java.util.List;

/// The labeling projects as the management listener needs them.
///
/// Thread-safe. A change blocks, so it is asked for on a virtual thread.
public interface ProjectAdmin extends ProjectListing {
    /// Says what a project is from now on: its next version, or its first. Nothing happens if its newest version says the
    /// same.
    ///
    /// @return the version that says so
    Project set(ProjectName name, ProjectSpec spec);

    /// Holds a project against the classes of a model and the labels of a tool.
    ///
    /// @param labels of the tool; empty where they are not known
    /// @throws dev.firstpass.registry.RegistryException if there is no such project, model or version
    LabelingCheck check(ProjectRef ref, ModelRef model, List<String> labels);
}
