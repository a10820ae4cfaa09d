package dev.firstpass.server.cli;

import dev.firstpass.server.cli.Inputs.Photo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Names and writes the files that belong to photos: `cats/tom.jpg` gives `cats/tom.json` and `cats/tom.overlay.png`.
/// Where two photos would give the same file (`tom.jpg`, `tom.png`), each keeps its ending: `tom.jpg.json`.
///
/// Thread-safe.
final class LabelFiles {
    private final Path out;
    private final Map<String, Integer> users;

    LabelFiles(Path out, List<Photo> photos) {
        this.out = out;
        Map<String, Integer> counted = new HashMap<>();
        photos.forEach(photo -> counted.merge(key(photo), 1, Integer::sum));
        this.users = Map.copyOf(counted);
    }

    Path path(Photo photo, String extension) {
        String name = photo.relative().getFileName().toString();
        String base = users.getOrDefault(key(photo), 1) > 1 ? name : Inputs.stem(name);
        return out.resolve(photo.relative()).resolveSibling(base + extension);
    }

    /// Two names that differ in case alone are one file on some file systems.
    private static String key(Photo photo) {
        Path relative = photo.relative();
        return relative.resolveSibling(Inputs.stem(relative.getFileName().toString()))
                .toString()
                .toLowerCase(Locale.ROOT);
    }

    /// Writes a file in one step, so that a reader, or a run that was cut off, never leaves half of one.
    static void write(Path file, byte[] bytes) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IOException("not a file: " + file);
        }
        Files.createDirectories(folder);
        Path draft = folder.resolve("." + file.getFileName() + ".tmp");
        Files.write(draft, bytes);
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
