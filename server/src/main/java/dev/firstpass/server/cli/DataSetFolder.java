package dev.firstpass.server.cli;

import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.format.DataSetWriter;
import dev.firstpass.postprocess.format.FormatContext;
import dev.firstpass.postprocess.format.FormatOptionException;
import dev.firstpass.postprocess.format.FormatReport;
import dev.firstpass.postprocess.format.LabelFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One data set in a folder, written asset by asset. Its files get their names when it is complete, so a run that was
/// cut off leaves an earlier data set as it was; closing without [#end()] deletes what was begun.
///
/// For one thread.
final class DataSetFolder implements AutoCloseable {
    private final Path folder;
    private final DataSetWriter writer;
    private final Map<Path, Path> drafts = new LinkedHashMap<>();

    /// @throws CliException if an option of the format is wrong
    DataSetFolder(Path folder, LabelFormat format, FormatContext context) throws IOException {
        this.folder = folder;
        try {
            this.writer = format.begin(context, this::entry);
        } catch (FormatOptionException e) {
            throw wrong(e);
        }
    }

    private OutputStream entry(String name) throws IOException {
        Path file = folder.resolve(name);
        Path draft = file.resolveSibling("." + file.getFileName() + ".tmp");
        Files.createDirectories(draft.toAbsolutePath().getParent());
        drafts.put(draft, file);
        return Files.newOutputStream(draft);
    }

    /// @throws CliException if an option of the format does not suit several assets
    void write(Prelabels prelabels) throws IOException {
        try {
            writer.write(prelabels);
        } catch (FormatOptionException e) {
            throw wrong(e);
        }
    }

    private static CliException wrong(FormatOptionException e) {
        return CliException.usage("--format-option: " + e.getMessage());
    }

    /// Completes the data set.
    ///
    /// @return its files
    List<Path> end() throws IOException {
        writer.end();
        writer.close();
        List<Path> files = List.copyOf(drafts.values());
        for (Map.Entry<Path, Path> draft : drafts.entrySet()) {
            Files.move(
                    draft.getKey(),
                    draft.getValue(),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        }
        drafts.clear();
        return files;
    }

    FormatReport report() {
        return writer.report();
    }

    @Override
    public void close() throws IOException {
        writer.close();
        for (Path draft : drafts.keySet()) {
            Files.deleteIfExists(draft);
        }
    }
}
