package dev.firstpass.server.runtime.engine;

import java.nio.file.Path;
import java.util.Optional;

/// Keeps the optimised form of one model file's graph from one load to the next. It is a shortcut: whatever goes wrong
/// with it is logged, and the model file is read.
///
/// Thread-safe.
public interface SavedGraph {
    /// Keeps nothing.
    SavedGraph NONE = new SavedGraph() {
        @Override
        public Optional<Path> incoming() {
            return Optional.empty();
        }

        @Override
        public Optional<Path> find() {
            return Optional.empty();
        }

        @Override
        public void keep(Path fresh) {}

        @Override
        public void discard() {}
    };

    /// A new path where an engine of this process may write one; empty if there is no use in writing one anywhere.
    Optional<Path> incoming();

    /// The graph, read through and found to be what was kept. It must not be changed.
    Optional<Path> find();

    /// Takes over what an engine wrote, if it wrote anything; the file is gone afterwards. Whoever wrote it may be
    /// hostile, and may still have it open.
    void keep(Path fresh);

    /// What was kept is of no use.
    void discard();
}
