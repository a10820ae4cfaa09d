package dev.firstpass.postprocess.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.SequencedSet;

/// The files of a data set, by their names below its folder, with `/` between folders.
///
/// Thread-safe. What the files hold may be hostile.
public interface DataSetFiles {
    /// All of them but hidden ones, in the order of their names.
    SequencedSet<String> names();

    /// @throws IOException if there is no such file, or it cannot be read
    InputStream open(String name) throws IOException;

    /// `length` bytes from `offset` on, in one read.
    ///
    /// @throws IOException if the file has not as many
    byte[] read(String name, long offset, int length) throws IOException;

    /// Those directly or deeper in `folder`, which is empty for the data set's own.
    default List<String> in(String folder) {
        String prefix = folder.isEmpty() ? "" : folder + "/";
        return names().stream().filter(name -> name.startsWith(prefix)).toList();
    }
}
