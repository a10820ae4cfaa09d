package dev.firstpass.server.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// A file for each entry, in a folder.
///
/// For one thread. Keeps the files' names.
final class DraftFolder implements DraftFiles {
    private final Function<String, Path> files;
    private final Map<Path, Path> drafts = new LinkedHashMap<>();

    /// @param files where an entry's file is to be, by its name
    private DraftFolder(Function<String, Path> files) {
        this.files = files;
    }

    static DraftFolder of(Path folder) {
        return new DraftFolder(folder::resolve);
    }

    /// Of a data set with one entry, whatever its name.
    static DraftFolder ofOne(Path file) {
        return new DraftFolder(_ -> file);
    }

    @Override
    public OutputStream entry(String name) throws IOException {
        Path file = files.apply(name);
        Path draft = file.resolveSibling("." + file.getFileName() + ".tmp");
        Files.createDirectories(draft.toAbsolutePath().getParent());
        drafts.put(draft, file);
        return Files.newOutputStream(draft);
    }

    @Override
    public List<Path> commit() throws IOException {
        List<Path> written = List.copyOf(drafts.values());
        for (Map.Entry<Path, Path> draft : drafts.entrySet()) {
            Files.move(
                    draft.getKey(),
                    draft.getValue(),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        }
        drafts.clear();
        return written;
    }

    @Override
    public void close() throws IOException {
        for (Path draft : drafts.keySet()) {
            Files.deleteIfExists(draft);
        }
    }
}
