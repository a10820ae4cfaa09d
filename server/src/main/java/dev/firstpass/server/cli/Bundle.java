package dev.firstpass.server.cli;

import dev.firstpass.registry.Sha256;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// A model as one row of bytes that can be sent, from any place in it: a file itself, or a tar of a folder, or of a file
/// and its manifest. The tar is made while it is read, so no copy is made, and no memory is taken but for the names.
///
/// Immutable; reads the files each time. For one thread at a time.
final class Bundle {
    private static final String MANIFEST = "firstpass.yaml";
    private static final String TAR = "application/x-tar";
    private static final String PLAIN = "application/octet-stream";
    private static final int BUFFER_BYTES = 1 << 16;

    private final List<Part> parts;
    private final String mediaType;
    private final long length;

    private Bundle(List<Part> parts, String mediaType) {
        this.parts = List.copyOf(parts);
        this.mediaType = mediaType;
        this.length = parts.stream().mapToLong(Part::length).sum();
    }

    private sealed interface Part {
        long length();

        /// @param from at most `length`
        InputStream open(long from) throws IOException;
    }

    private record Bytes(byte[] bytes) implements Part {
        @Override
        public long length() {
            return bytes.length;
        }

        @Override
        public InputStream open(long from) {
            return new ByteArrayInputStream(bytes, (int) from, bytes.length - (int) from);
        }
    }

    /// A file as it was when the bundle was made.
    private record Content(Path file, long length, FileTime changedAt) implements Part {
        static Content of(Path file) throws IOException {
            return new Content(file, Files.size(file), Files.getLastModifiedTime(file));
        }

        @Override
        public InputStream open(long from) throws IOException {
            FileChannel channel = FileChannel.open(file);
            try {
                channel.position(from);
            } catch (IOException e) {
                channel.close();
                throw e;
            }
            return new Rest(Channels.newInputStream(channel), length - from);
        }

        boolean isUnchanged() throws IOException {
            return Files.size(file) == length && Files.getLastModifiedTime(file).equals(changedAt);
        }
    }

    /// @throws CliException if there is nothing at `path`, or a manifest comes with an archive, which has its own
    static Bundle of(Path path, Optional<Path> manifest) throws IOException {
        if (Files.isDirectory(path)) {
            return folder(path, manifest);
        }
        if (!Files.isRegularFile(path)) {
            throw CliException.usage("no such file: " + path);
        }
        String name = path.getFileName().toString();
        String mediaType = mediaType(name.toLowerCase(Locale.ROOT));
        if (manifest.isEmpty()) {
            return new Bundle(List.of(Content.of(path)), mediaType);
        }
        if (!mediaType.equals(PLAIN)) {
            throw CliException.usage("--manifest: not with an archive (put " + MANIFEST + " into " + path + ")");
        }
        List<Part> parts = new ArrayList<>();
        add(parts, name, path);
        add(parts, MANIFEST, manifest.get());
        return tar(parts);
    }

    private static String mediaType(String lowerCaseName) {
        if (lowerCaseName.endsWith(".zip")) {
            return "application/zip";
        }
        if (lowerCaseName.endsWith(".tar")) {
            return TAR;
        }
        return lowerCaseName.endsWith(".tar.gz") || lowerCaseName.endsWith(".tgz") ? "application/gzip" : PLAIN;
    }

    /// Without what a server leaves out: files and folders whose name begins with a dot.
    private static Bundle folder(Path folder, Optional<Path> manifest) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.filter(Files::isRegularFile)
                    .filter(file -> !isHidden(folder.relativize(file)))
                    .sorted()
                    .toList();
        }
        List<Part> parts = new ArrayList<>();
        for (Path file : files) {
            String name = folder.relativize(file).toString().replace('\\', '/');
            if (manifest.isEmpty() || !name.equals(MANIFEST)) {
                add(parts, name, file);
            }
        }
        if (manifest.isPresent()) {
            add(parts, MANIFEST, manifest.get());
        }
        return tar(parts);
    }

    private static boolean isHidden(Path relative) {
        for (Path name : relative) {
            if (name.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }

    private static void add(List<Part> parts, String name, Path file) throws IOException {
        Content content = Content.of(file);
        parts.add(new Bytes(TarHeaders.of(name, content.length())));
        parts.add(content);
        parts.add(new Bytes(TarHeaders.padding(content.length())));
    }

    private static Bundle tar(List<Part> parts) {
        parts.add(new Bytes(TarHeaders.end()));
        return new Bundle(parts, TAR);
    }

    String mediaType() {
        return mediaType;
    }

    long length() {
        return length;
    }

    /// SHA-256 of all of it, in lower-case hex digits. Reads all files.
    String sha256() throws IOException {
        MessageDigest digest = Sha256.begin();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = from(0)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return Sha256.end(digest);
    }

    /// What is from there on. The caller closes it.
    ///
    /// @param offset at most `length`
    InputStream from(long offset) {
        int part = 0;
        long left = offset;
        while (part < parts.size() && left >= parts.get(part).length()) {
            left -= parts.get(part++).length();
        }
        return new Joined(parts.subList(part, parts.size()), left);
    }

    /// @throws CliException if a file is not what it was when the bundle was made: what was sent would be of no use
    void requireUnchanged() {
        for (Part part : parts) {
            try {
                if (part instanceof Content content && !content.isUnchanged()) {
                    throw CliException.failed(content.file() + " changed while it was sent");
                }
            } catch (IOException e) {
                throw CliException.failed("cannot read what is to be sent: " + e.getMessage(), e);
            }
        }
    }

    /// So many bytes of a stream, which must have them.
    private static final class Rest extends FilterInputStream {
        private long left;

        Rest(InputStream in, long left) {
            super(in);
            this.left = left;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int at, int count) throws IOException {
            if (left == 0) {
                return -1;
            }
            int read = super.read(bytes, at, (int) Math.min(count, left));
            if (read < 0) {
                throw new EOFException("a file became shorter while it was sent");
            }
            left -= read;
            return read;
        }
    }

    /// One part after the other, each opened when it is its turn.
    private static final class Joined extends InputStream {
        private final List<Part> parts;
        private long skip;
        private int next;
        private Optional<InputStream> current = Optional.empty();

        /// @param skip bytes of the first part that are left out
        Joined(List<Part> parts, long skip) {
            this.parts = parts;
            this.skip = skip;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int at, int count) throws IOException {
            if (count == 0) {
                return 0;
            }
            while (true) {
                if (current.isEmpty()) {
                    if (next == parts.size()) {
                        return -1;
                    }
                    current = Optional.of(parts.get(next++).open(skip));
                    skip = 0;
                }
                int read = current.get().read(bytes, at, count);
                if (read >= 0) {
                    return read;
                }
                close();
            }
        }

        @Override
        public void close() throws IOException {
            Optional<InputStream> closing = current;
            current = Optional.empty();
            if (closing.isPresent()) {
                closing.get().close();
            }
        }
    }
}
