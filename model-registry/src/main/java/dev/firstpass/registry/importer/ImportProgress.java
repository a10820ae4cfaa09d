package dev.firstpass.registry.importer;

/// Told how far an import is. Called on the importing thread, at most once per node of the graph.
@FunctionalInterface
public interface ImportProgress {
    /// For callers who do not look.
    ImportProgress NONE = (done, total) -> {};

    /// @param done nodes converted so far
    /// @param total nodes that the wanted outputs need
    void converted(int done, int total);
}
