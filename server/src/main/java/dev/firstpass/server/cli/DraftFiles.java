package dev.firstpass.server.cli;

import dev.firstpass.postprocess.format.EntrySink;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Where the entries of a data set go, under names that become theirs when it is complete: a run that was cut off leaves an
/// earlier data set as it was. Closing without [#commit()] deletes what was begun.
///
/// For one thread.
sealed interface DraftFiles extends EntrySink, AutoCloseable permits DraftFolder, DraftZip {
    /// Gives the files their names, in place of those that had them. Called once, when every entry was closed.
    ///
    /// @return the files
    List<Path> commit() throws IOException;

    @Override
    void close() throws IOException;
}
