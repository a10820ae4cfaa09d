package dev.firstpass.server.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// A model as one file that can be sent: the file itself, or a zip made of a folder or of a file and its manifest.
///
/// For one thread. Closing deletes what was made.
///
/// @param temporary whether the file was made here
record Bundle(Path file, String mediaType, boolean temporary) implements AutoCloseable {
    private static final String MANIFEST = "firstpass.yaml";

    /// @throws CliException if there is nothing at `path`, or a manifest comes with an archive, which has its own
    static Bundle of(Path path, Optional<Path> manifest) throws IOException {
        if (Files.isDirectory(path)) {
            return zip(path, manifest);
        }
        if (!Files.isRegularFile(path)) {
            throw CliException.usage("no such file: " + path);
        }
        String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
        String mediaType = mediaType(name);
        if (manifest.isEmpty()) {
            return new Bundle(path, mediaType, false);
        }
        if (!mediaType.equals("application/octet-stream")) {
            throw CliException.usage("--manifest: not with an archive (put " + MANIFEST + " into " + path + ")");
        }
        return zip(path, manifest);
    }

    private static String mediaType(String lowerCaseName) {
        if (lowerCaseName.endsWith(".zip")) {
            return "application/zip";
        }
        if (lowerCaseName.endsWith(".tar")) {
            return "application/x-tar";
        }
        return lowerCaseName.endsWith(".tar.gz") || lowerCaseName.endsWith(".tgz")
                ? "application/gzip"
                : "application/octet-stream";
    }

    private static Bundle zip(Path path, Optional<Path> manifest) throws IOException {
        Path zip = Files.createTempFile("firstpass-bundle-", ".zip");
        try (OutputStream file = Files.newOutputStream(zip);
                ZipOutputStream out = new ZipOutputStream(file)) {
            out.setLevel(Deflater.BEST_SPEED);
            boolean directory = Files.isDirectory(path);
            for (Path source : directory ? filesIn(path) : List.of(path)) {
                String name =
                        directory ? path.relativize(source).toString().replace('\\', '/') : "" + path.getFileName();
                if (manifest.isEmpty() || !name.equals(MANIFEST)) {
                    add(out, name, source);
                }
            }
            if (manifest.isPresent()) {
                add(out, MANIFEST, manifest.get());
            }
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(zip);
            throw e;
        }
        return new Bundle(zip, "application/zip", true);
    }

    private static List<Path> filesIn(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static void add(ZipOutputStream out, String name, Path source) throws IOException {
        out.putNextEntry(new ZipEntry(name));
        Files.copy(source, out);
        out.closeEntry();
    }

    @Override
    public void close() throws IOException {
        if (temporary) {
            Files.deleteIfExists(file);
        }
    }
}
