package dev.firstpass.postprocess.format;

import java.io.IOException;
import java.io.OutputStream;

/// Where a data set's entries go: a folder, a zip, or the body of one answer.
///
/// For one thread; one entry is open at a time.
@FunctionalInterface
public interface EntrySink {
    /// Opens the entry `name` (forward slashes, relative, no `..`). The writer closes the stream.
    OutputStream entry(String name) throws IOException;
}
