package dev.firstpass.registry.bundle;

import dev.firstpass.registry.RegistryException.ArtifactRejected;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
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
                    try (InputStream content = zip.getInputStream(entry)) {
                        unpacking.write(entry.getName(), content);
                    }
                }
            }
        } catch (ZipException e) {
            throw new ArtifactRejected("archive: the zip is damaged or encrypted");
        }
    }
}
