package dev.firstpass.server.runtime.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Which files on disk a model is made from, whatever they are called: two links to one file are the same.
///
/// Immutable. A file that is written again is another one.
record ModelFiles(List<Identity> files) {
    ModelFiles {
        files = List.copyOf(files);
    }

    /// @throws IOException if one of them is not there
    static ModelFiles of(List<Path> files) throws IOException {
        List<Identity> identities = new ArrayList<>();
        for (Path file : files) {
            identities.add(Identity.of(file));
        }
        return new ModelFiles(identities);
    }

    /// @param key what the file system knows it by
    record Identity(Object key, long bytes, long modifiedNanos) {
        static Identity of(Path file) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            Object key = attributes.fileKey();
            return new Identity(
                    key == null ? file.toRealPath() : key,
                    attributes.size(),
                    attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS));
        }
    }
}
