package dev.firstpass.loadtest.drive;

import dev.firstpass.server.demo.DemoPhotos;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// The photos that are sent, over and over. No two requests have the same bytes, so that no cache has the answer: some
/// follow the end of the image, where a server does not look.
///
/// Immutable.
public final class Photos {
    private static final List<String> ENDINGS = List.of(".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff");

    private final List<byte[]> images;
    private final long run;

    /// @param images one at least
    /// @param run what tells this run from others
    Photos(List<byte[]> images, long run) {
        this.images = images.stream().map(byte[]::clone).toList();
        this.run = run;
    }

    /// The demo's, or those of a folder.
    ///
    /// @param run what tells this run from others
    /// @throws IllegalArgumentException if there is none
    public static Photos of(Optional<Path> folder, long run) throws IOException {
        if (folder.isEmpty()) {
            return new Photos(
                    DemoPhotos.all().stream().map(DemoPhotos.DemoPhoto::bytes).toList(), run);
        }
        if (!Files.isDirectory(folder.get())) {
            throw new IllegalArgumentException("--photos: " + folder.get() + " is no folder");
        }
        try (Stream<Path> files = Files.list(folder.get())) {
            List<Path> found = files.filter(Photos::isImage).sorted().toList();
            if (found.isEmpty()) {
                throw new IllegalArgumentException(
                        "--photos: " + folder.get() + " has no image (expected: files that end in " + ENDINGS + ")");
            }
            List<byte[]> images = new ArrayList<>();
            for (Path file : found) {
                images.add(Files.readAllBytes(file));
            }
            return new Photos(images, run);
        }
    }

    private static boolean isImage(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return Files.isRegularFile(file) && ENDINGS.stream().anyMatch(name::endsWith);
    }

    public int count() {
        return images.size();
    }

    /// A new array.
    ///
    /// @param number of the request: the same photo for the same number
    /// @param copy what tells requests for it apart
    public byte[] photo(int number, long copy) {
        byte[] image = images.get(Math.floorMod(number, images.size()));
        byte[] unique = Arrays.copyOf(image, image.length + 3 * Long.BYTES);
        ByteBuffer.wrap(unique, image.length, 3 * Long.BYTES)
                .putLong(run)
                .putLong(number)
                .putLong(copy);
        return unique;
    }
}
