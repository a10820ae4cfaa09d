package dev.firstpass.server.runtime.graph;

import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.runtime.engine.SavedGraph;

/// Where the optimised graphs of versions are kept.
///
/// Thread-safe.
@FunctionalInterface
public interface SavedGraphs {
    /// Keeps none.
    SavedGraphs NONE = (_, _) -> SavedGraph.NONE;

    /// The graph of one stage, whether there is one already or not.
    SavedGraph of(ModelVersion version, String stage);
}
