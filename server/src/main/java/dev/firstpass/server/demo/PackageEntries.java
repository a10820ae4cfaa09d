package dev.firstpass.server.demo;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/// Takes single files out of packages. Only entries that the caller asks for are written, under names that the caller
/// gives: what an archive says about paths, links and modes never reaches the disk.
final class PackageEntries {
    static final long MAX_ENTRY_BYTES = 128L << 20;

    private static final int BLOCK = 512;

    private PackageEntries() {}

    /// Which entries are wanted: entry path -> where it goes, in the target folder; empty if it is not wanted.
    @FunctionalInterface
    interface Wanted extends Function<String, Optional<String>> {}

    /// @param archive a `.tgz` or a `.jar`
    /// @param target an existing folder
    /// @return how many files were written
    /// @throws IOException if the archive is damaged, or an entry is larger than [#MAX_ENTRY_BYTES]
    static int extract(Path archive, Wanted wanted, Path target) throws IOException {
        try (InputStream in = Files.newInputStream(archive)) {
            return archive.toString().endsWith(".tgz")
                    ? extractTar(in, wanted, target)
                    : extractZip(in, wanted, target);
        }
    }

    private static int extractZip(InputStream in, Wanted wanted, Path target) throws IOException {
        int written = 0;
        ZipInputStream zip = new ZipInputStream(in);
        for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
            Optional<String> name = entry.isDirectory() ? Optional.empty() : wanted.apply(entry.getName());
            if (name.isPresent()) {
                copy(zip, MAX_ENTRY_BYTES + 1, target, name.get());
                written++;
            }
        }
        return written;
    }

    /// The ustar format with pax extensions left out: npm writes those only for paths that do not fit the header, and
    /// no wanted path is that long.
    private static int extractTar(InputStream in, Wanted wanted, Path target) throws IOException {
        int written = 0;
        GZIPInputStream tar = new GZIPInputStream(in, 1 << 16);
        byte[] header = tar.readNBytes(BLOCK);
        while (header.length == BLOCK && header[0] != 0) {
            long size = octal(header, 124, 12);
            boolean file = header[156] == '0' || header[156] == 0;
            Optional<String> name = file ? wanted.apply(path(header)) : Optional.empty();
            if (name.isPresent()) {
                if (copy(tar, size, target, name.get()) != size) {
                    throw new EOFException("archive ends within an entry");
                }
                written++;
            } else {
                tar.skipNBytes(size);
            }
            tar.skipNBytes(Math.floorMod(-size, BLOCK));
            header = tar.readNBytes(BLOCK);
        }
        return written;
    }

    private static String path(byte[] header) {
        String prefix = text(header, 345, 155);
        String name = text(header, 0, 100);
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private static String text(byte[] header, int offset, int length) {
        int end = offset;
        while (end < offset + length && header[end] != 0) {
            end++;
        }
        return new String(header, offset, end - offset, StandardCharsets.UTF_8);
    }

    private static long octal(byte[] header, int offset, int length) throws IOException {
        try {
            long value = Long.parseLong(text(header, offset, length).strip(), 8);
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new IOException("archive entry without a size", e);
        }
        throw new IOException("archive entry with a negative size");
    }

    /// Writes at most `limit` bytes of `in`.
    ///
    /// @return how many there were
    private static long copy(InputStream in, long limit, Path target, String name) throws IOException {
        Path file = target.resolve(name).normalize();
        if (!target.normalize().equals(file.getParent())) {
            throw new IOException("archive entry name " + name + " (expected: a plain file name)");
        }
        long copied = 0;
        try (OutputStream out = Files.newOutputStream(file)) {
            byte[] buffer = new byte[1 << 16];
            while (copied < limit) {
                int n = in.read(buffer, 0, (int) Math.min(buffer.length, limit - copied));
                if (n < 0) {
                    break;
                }
                out.write(buffer, 0, n);
                copied += n;
                if (copied > MAX_ENTRY_BYTES) {
                    throw new IOException("archive entry larger than " + MAX_ENTRY_BYTES + " bytes");
                }
            }
        }
        return copied;
    }
}
