package dev.firstpass.registry.bundle;

import dev.firstpass.registry.RegistryException.ArtifactRejected;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/// Zip archives, by their central directory. A symbolic link in one comes out as a file with the link's text.
final class ZipArchive {
    private ZipArchive() {}

    /// @throws ArtifactRejected if it is damaged, encrypted or not safe
    static void unpack(Path archive, Unpacking unpacking) throws IOException {
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            for (ZipEntry entry : zip.stream().toList()) {
                if (!entry.isDirectory()) {
                    unpack(zip, entry, unpacking);
                }
            }
        } catch (ZipException | EOFException e) {
            throw new ArtifactRejected("archive: the zip is damaged or encrypted");
        }
    }

    /// Compares checksums, which ZipFile leaves to its callers.
    private static void unpack(ZipFile zip, ZipEntry entry, Unpacking unpacking) throws IOException {
        try (CheckedInputStream content = new CheckedInputStream(zip.getInputStream(entry), new CRC32())) {
            unpacking.write(entry.getName(), content);
            if (content.getChecksum().getValue() != entry.getCrc()) {
                throw new ArtifactRejected("archive: " + Unpacking.shown(entry.getName()) + " is damaged");
            }
        }
    }
}
