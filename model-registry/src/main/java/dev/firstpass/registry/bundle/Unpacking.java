package dev.firstpass.registry.bundle;

import dev.firstpass.registry.RegistryException.ArtifactRejected;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Writes an archive's entries below one folder, whatever the archive says: a name that leads out of the folder, a
/// name that comes twice or is longer than file systems take, and more bytes or entries than the limits are refused.
/// Nothing but plain files is ever made, so there is no link that a later entry could follow.
///
/// For one thread.
final class Unpacking {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int LONGEST_NAME_BYTES = 1024;
    private static final int LONGEST_PART_BYTES = 255;

    /// @param entries most files and folders
    /// @param bytes most bytes in all, those of headers included
    /// @param ratio most bytes in all for each byte of the archive; model weights hardly compress
    /// @param free bytes to which the ratio does not apply
    record Limits(int entries, long bytes, long ratio, long free) {
        static final Limits STANDARD = new Limits(1_000, 16L << 30, 100, 64L << 20);
    }

    private final Path folder;
    private final Limits limits;
    private final long mostBytes;
    private int entries;
    private long bytes;

    /// @param archiveBytes size of the archive
    Unpacking(Path folder, long archiveBytes, Limits limits) {
        this.folder = folder;
        this.limits = limits;
        this.mostBytes = Math.min(limits.bytes, Math.max(limits.free, archiveBytes * limits.ratio));
    }

    /// Writes one file.
    ///
    /// @param content read to its end
    void write(String name, InputStream content) throws IOException {
        countEntry();
        Path target = target(name);
        try {
            Files.createDirectories(target.getParent());
            try (OutputStream out = Files.newOutputStream(target, StandardOpenOption.CREATE_NEW)) {
                copy(content, out);
            }
        } catch (FileAlreadyExistsException | NotDirectoryException e) {
            throw new ArtifactRejected("archive: " + shown(name)
                    + (Files.isRegularFile(target) ? " comes twice" : ": a name of both a file and a folder"));
        }
    }

    /// Checks the name of a folder, which is made with the first file in it.
    ///
    /// @param name with or without a slash at its end
    void folder(String name) {
        countEntry();
        String path = name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
        if (!path.equals(".")) {
            var _ = target(path);
        }
    }

    int mostEntries() {
        return limits.entries;
    }

    private void countEntry() {
        if (++entries > limits.entries) {
            throw new ArtifactRejected("archive: over " + limits.entries + " entries (expected: a model)");
        }
    }

    private void copy(InputStream content, OutputStream out) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
            count(read);
            out.write(buffer, 0, read);
        }
    }

    /// Counts what an archive holds beside the content of files: it costs the same time to read.
    void count(long more) {
        if (more > mostBytes - bytes) {
            throw new ArtifactRejected("archive: unpacks to over " + mostBytes + " bytes (expected: less)");
        }
        bytes += more;
    }

    private Path target(String name) {
        String path = name.startsWith("./") ? name.substring(2) : name;
        if (path.isEmpty()
                || path.startsWith("/")
                || path.contains("\\")
                || path.chars().anyMatch(Character::isISOControl)) {
            throw new ArtifactRejected("archive: " + shown(name) + " (expected: a relative path)");
        }
        boolean isLong = bytesOf(path) > LONGEST_NAME_BYTES;
        for (String part : path.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..") || part.contains(":")) {
                throw new ArtifactRejected("archive: " + shown(name) + " (expected: a path below the archive's root)");
            }
            isLong |= bytesOf(part) > LONGEST_PART_BYTES;
        }
        if (isLong) {
            throw new ArtifactRejected("archive: " + shown(name) + " (expected: a shorter name)");
        }
        try {
            return folder.resolve(path);
        } catch (InvalidPathException e) {
            throw new ArtifactRejected("archive: " + shown(name) + " (expected: a name in this system's characters)");
        }
    }

    private static int bytesOf(String name) {
        return name.getBytes(StandardCharsets.UTF_8).length;
    }

    /// @param kind what the entry is instead of a file
    static ArtifactRejected refusal(String name, String kind) {
        return new ArtifactRejected("archive: " + shown(name) + " is " + kind + " (expected: files)");
    }

    /// An entry's name, fit to be shown.
    static String shown(String name) {
        String head = name.length() > 64 ? name.substring(0, 64) + "..." : name;
        return "'" + head.replaceAll("[^\\x20-\\x7e]", "?") + "'";
    }
}
