package dev.firstpass.server.cli;

import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.format.LabelReader;
import dev.firstpass.postprocess.format.LabelReaders;
import dev.firstpass.server.failure.Words;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A labelled data set that a command was pointed at: a folder, or a file in it, and the images, which may be in another
/// folder. COCO's label files lie in a folder `annotations` beside the images.
///
/// Immutable.
///
/// @param path as it was given
/// @param folder of the data set
/// @param images of the images' folder
record DataSetInput(Path path, Path folder, FolderFiles images, DataSetSource source) {
    /// Looks through the folders.
    ///
    /// @param except a folder or file below the data set's that is no part of it
    /// @throws CliException if one of them is not there or cannot be read
    static DataSetInput of(Path path, Optional<Path> imageFolder, Optional<String> split, Optional<Path> except) {
        imageFolder.ifPresent(Inputs::requireExists);
        Path folder = folder(path);
        FolderFiles files = FolderFiles.of(folder, except);
        FolderFiles images =
                imageFolder.map(other -> FolderFiles.of(other, except)).orElse(files);
        Optional<String> file = Files.isDirectory(path)
                ? Optional.empty()
                : Optional.of(folder.relativize(path.toAbsolutePath().normalize())
                        .toString()
                        .replace('\\', '/'));
        return new DataSetInput(path, folder, images, new DataSetSource(files, file, images, split));
    }

    /// The data set's folder.
    ///
    /// @throws CliException if there is nothing at `path`
    static Path folder(Path path) {
        Inputs.requireExists(path);
        if (Files.isDirectory(path)) {
            return path;
        }
        Path folder = parent(path.toAbsolutePath().normalize());
        return folder.endsWith("annotations") ? parent(folder) : folder;
    }

    private static Path parent(Path path) {
        Path folder = path.getParent();
        return folder == null ? path : folder;
    }

    /// The format that was named, or else the one that is there.
    ///
    /// @param option that names it
    /// @throws CliException if none is called that, or none is recognised
    /// @throws DataSetException if a file that would tell cannot be read
    LabelReader reader(Optional<String> format, String option) throws IOException {
        List<String> ids = LabelReaders.STANDARD.stream().map(LabelReader::id).toList();
        if (format.isPresent()) {
            return LabelReaders.byId(format.get())
                    .orElseThrow(() -> CliException.usage(option + ": " + format.get()
                            + Words.nearest(format.get(), ids)
                                    .map(near -> " (did you mean " + near + "?)")
                                    .orElse(" (expected: one of " + String.join(", ", ids) + ")")));
        }
        return LabelReaders.recognise(source)
                .orElseThrow(() -> CliException.failed(
                        path + ": no labels in a known format (expected: one of " + String.join(", ", ids) + ")"));
    }
}
