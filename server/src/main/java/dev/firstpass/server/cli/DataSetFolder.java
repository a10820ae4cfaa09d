package dev.firstpass.server.cli;

import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.format.DataSetWriter;
import dev.firstpass.postprocess.format.FormatContext;
import dev.firstpass.postprocess.format.FormatOptionException;
import dev.firstpass.postprocess.format.FormatReport;
import dev.firstpass.postprocess.format.LabelFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// One data set in a folder, written asset by asset. Its files get their names when it is complete, so a run that was
/// cut off leaves an earlier data set as it was; closing without [#end()] deletes what was begun.
///
/// For one thread.
final class DataSetFolder implements AutoCloseable {
    private final DraftFiles files;
    private final DataSetWriter writer;

    /// @throws CliException if an option of the format is wrong
    DataSetFolder(Path folder, LabelFormat format, FormatContext context) throws IOException {
        this.files = DraftFolder.of(folder);
        try {
            this.writer = format.begin(context, files);
        } catch (FormatOptionException e) {
            throw wrong(e);
        }
    }

    /// @throws CliException if an option of the format does not suit several assets
    void write(Prelabels prelabels) throws IOException {
        try {
            writer.write(prelabels);
        } catch (FormatOptionException e) {
            throw wrong(e);
        }
    }

    static CliException wrong(FormatOptionException e) {
        return CliException.usage("--format-option: " + e.getMessage());
    }

    /// Completes the data set.
    ///
    /// @return its files
    List<Path> end() throws IOException {
        writer.end();
        writer.close();
        return files.commit();
    }

    FormatReport report() {
        return writer.report();
    }

    @Override
    public void close() throws IOException {
        writer.close();
        files.close();
    }
}
