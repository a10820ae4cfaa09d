package dev.firstpass.server.runtime.engine;

import java.nio.file.Path;
import java.util.Optional;

/// Files for the optimised form of the graph that a model file holds.
///
/// Immutable.
///
/// @param saved is read instead of the model file, unless it turns out to be of no use
/// @param fresh is written where nothing was read from `saved`; best effort, and no reason for opening to fail
public record GraphFiles(Optional<Path> saved, Optional<Path> fresh) {
    /// The model file is read and nothing is written.
    public static final GraphFiles NONE = new GraphFiles(Optional.empty(), Optional.empty());
}
