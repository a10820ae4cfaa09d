package dev.firstpass.registry.store;

import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/// Whether a version's files are those that were registered.
///
/// Pure functions.
final class StoredFiles {
    private StoredFiles() {}

    /// The first thing that is wrong with the files' presence and sizes; their contents are not read.
    static Optional<String> misplaced(ModelVersion version) {
        return version.manifest().files().stream()
                .flatMap(file -> misplaced(version.directory().resolve(file.path()), file).stream())
                .findFirst();
    }

    /// The same, with all contents read and held against their SHA-256.
    ///
    /// @throws IOException if one cannot be read
    static Optional<String> damaged(ModelVersion version) throws IOException {
        for (BundleFile file : version.manifest().files()) {
            Path path = version.directory().resolve(file.path());
            Optional<String> misplaced = misplaced(path, file);
            if (misplaced.isPresent()) {
                return misplaced;
            }
            if (!Sha256.of(path).equals(file.sha256())) {
                return Optional.of(file.path() + " is not what was registered");
            }
        }
        return Optional.empty();
    }

    private static Optional<String> misplaced(Path path, BundleFile file) {
        try {
            BasicFileAttributes found =
                    Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return found.isRegularFile() && found.size() == file.bytes()
                    ? Optional.empty()
                    : Optional.of(file.path() + " has another size than what was registered");
        } catch (NoSuchFileException _) {
            return Optional.of(file.path() + " is missing");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
