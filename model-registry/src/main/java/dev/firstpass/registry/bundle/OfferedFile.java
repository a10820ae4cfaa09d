package dev.firstpass.registry.bundle;

import dev.firstpass.registry.FileTree;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.savedmodel.SavedModelFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A model that came as one file, made ready to be registered: an archive (zip, tar, tar.gz, told by its first bytes)
/// is unpacked into a folder of its own, any other file is a model file and gets the name of one if it has none.
///
/// Archives may be hostile: see [Unpacking].
///
/// For one thread. Closing deletes what was unpacked; the offered file itself is never changed.
public final class OfferedFile implements AutoCloseable {
    private static final String MODEL_FILE = "model.onnx";
    private static final int TAR_MAGIC_AT = 257;
    private static final byte[] TAR_MAGIC = "ustar".getBytes(StandardCharsets.US_ASCII);

    private final Path source;
    private final Optional<Path> scratch;

    private OfferedFile(Path source, Optional<Path> scratch) {
        this.source = source;
        this.scratch = scratch;
    }

    /// @param offered a file or a folder; a folder is taken as it is
    /// @throws ArtifactRejected if it is an archive that is damaged or not safe to unpack, or a SavedModel's file
    ///     without its folder
    public static OfferedFile open(Path offered) throws IOException {
        return open(offered, Path.of(System.getProperty("java.io.tmpdir")));
    }

    /// The same, unpacking to a fresh folder in `temporary`.
    public static OfferedFile open(Path offered, Path temporary) throws IOException {
        if (!Files.isRegularFile(offered)) {
            return new OfferedFile(offered, Optional.empty());
        }
        byte[] head = head(offered);
        Kind kind = Kind.of(head);
        if (kind == Kind.MODEL && String.valueOf(offered.getFileName()).endsWith(".onnx")) {
            return new OfferedFile(offered, Optional.empty());
        }
        if (kind == Kind.MODEL && String.valueOf(offered.getFileName()).equals(SavedModelFile.FILE_NAME)) {
            throw new ArtifactRejected(SavedModelFile.FILE_NAME + ": a part of a SavedModel (expected: its folder)");
        }
        Path scratch = Files.createTempDirectory(temporary, "firstpass-offered-");
        try {
            return new OfferedFile(ready(offered, kind, scratch), Optional.of(scratch));
        } catch (IOException | RuntimeException e) {
            FileTree.delete(scratch);
            throw e;
        }
    }

    private static Path ready(Path offered, Kind kind, Path scratch) throws IOException {
        Unpacking unpacking = new Unpacking(scratch, Files.size(offered), Unpacking.Limits.STANDARD);
        switch (kind) {
            case MODEL -> {
                return named(offered, scratch.resolve(MODEL_FILE));
            }
            case ZIP -> ZipArchive.unpack(offered, unpacking);
            case TAR -> {
                try (InputStream in = new BufferedInputStream(Files.newInputStream(offered))) {
                    TarArchive.unpack(in, unpacking);
                }
            }
            case GZIP -> {
                try (InputStream file = Files.newInputStream(offered)) {
                    TarArchive.unpackCompressed(file, unpacking);
                }
            }
        }
        return root(scratch);
    }

    /// Costs nothing where links can be made.
    private static Path named(Path offered, Path name) throws IOException {
        try {
            return Files.createLink(name, offered.toRealPath());
        } catch (IOException | UnsupportedOperationException _) {
            return Files.copy(offered, name);
        }
    }

    /// The folder with the files: archives are often made of one folder, which then stands for the bundle.
    private static Path root(Path unpacked) throws IOException {
        try (Stream<Path> entries = Files.list(unpacked)) {
            List<Path> top = entries.toList();
            return top.size() == 1 && Files.isDirectory(top.getFirst()) ? top.getFirst() : unpacked;
        }
    }

    private static byte[] head(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(TAR_MAGIC_AT + TAR_MAGIC.length);
        }
    }

    /// What is to be registered; gone once this is closed, unless it was offered so.
    public Path source() {
        return source;
    }

    @Override
    public void close() throws IOException {
        if (scratch.isPresent()) {
            FileTree.delete(scratch.get());
        }
    }

    private enum Kind {
        MODEL,
        ZIP,
        TAR,
        GZIP;

        static Kind of(byte[] head) {
            if (begins(head, 0, new byte[] {'P', 'K', 3, 4}) || begins(head, 0, new byte[] {'P', 'K', 5, 6})) {
                return ZIP;
            }
            if (begins(head, 0, new byte[] {0x1f, (byte) 0x8b})) {
                return GZIP;
            }
            return begins(head, TAR_MAGIC_AT, TAR_MAGIC) ? TAR : MODEL;
        }

        private static boolean begins(byte[] head, int at, byte[] magic) {
            if (head.length < at + magic.length) {
                return false;
            }
            for (int i = 0; i < magic.length; i++) {
                if (head[at + i] != magic[i]) {
                    return false;
                }
            }
            return true;
        }
    }
}
