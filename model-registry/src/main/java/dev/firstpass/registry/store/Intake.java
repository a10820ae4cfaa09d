package dev.firstpass.registry.store;

import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.ProgressListener.Step;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import dev.firstpass.registry.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Takes the files of a model in: copies them, never links, and hashes what it copies. What is offered may be
/// hostile.
///
/// Refused are links, hard links (an engine would read through one to a file outside), devices and pipes, names
/// that other systems read differently, names that differ only in case, programs and shared libraries, and bundles
/// over the limits. A single
/// file may have other hard links, since caches of packages link their files and only its bytes are taken; and
/// the path that the caller names may itself be a link, since the caller chose it. Files and folders whose name
/// begins with a dot are left out.
///
/// Thread-safe for different targets.
final class Intake {
    private static final int BUFFER_BYTES = 1 << 18;
    private static final int LONGEST_NAME = 200;

    /// @param depth most folders above a file
    record Limits(int files, long bytes, int depth) {
        static final Limits STANDARD = new Limits(1_000, 16L << 30, 8);
    }

    private final Limits limits;

    Intake(Limits limits) {
        this.limits = limits;
    }

    /// Copies a file, or all files of a directory, into the empty directory `target`, each file synced; its
    /// folders are not.
    ///
    /// @return what was copied, by path
    /// @throws ArtifactRejected naming the file and the reason
    List<BundleFile> copy(Path source, Path target, ProgressListener progress) throws IOException {
        Path real;
        try {
            real = source.toRealPath();
        } catch (NoSuchFileException _) {
            throw new ArtifactRejected("the path offered does not exist");
        } catch (IOException _) {
            throw new ArtifactRejected("the path offered cannot be read");
        }
        Map<String, Path> found = new TreeMap<>();
        boolean isBundle = Files.isDirectory(real);
        long total = isBundle ? list(real, found) : single(real, found);
        if (found.isEmpty()) {
            throw new ArtifactRejected("the bundle has no files (expected: a model file)");
        }
        List<BundleFile> copied = new ArrayList<>();
        Counter counter = new Counter(progress, total);
        for (Map.Entry<String, Path> entry : found.entrySet()) {
            Path to = target.resolve(entry.getKey());
            Files.createDirectories(to.getParent());
            copied.add(copyFile(entry.getKey(), entry.getValue(), to, counter));
        }
        return copied;
    }

    private long single(Path file, Map<String, Path> found) throws IOException {
        String name = file.getFileName().toString();
        checkName(name, name);
        BasicFileAttributes attributes = attributes(file);
        if (!attributes.isRegularFile()) {
            throw new ArtifactRejected(name + ": not a regular file");
        }
        found.put(storedName(name), file);
        return checkedTotal(attributes.size());
    }

    /// What a file that came alone was called is no content: the same model is the same version under any name.
    private static String storedName(String name) {
        int dot = name.lastIndexOf('.');
        return dot > 0 ? "model" + name.substring(dot) : name;
    }

    /// @return bytes of all files
    private long list(Path bundle, Map<String, Path> found) throws IOException {
        long[] total = {0};
        Set<String> folded = new HashSet<>();
        Files.walkFileTree(bundle, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                if (directory.equals(bundle)) {
                    return FileVisitResult.CONTINUE;
                }
                String path = relative(directory);
                if (isHidden(directory)) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                checkName(directory.getFileName().toString(), path);
                checkUnique(path);
                if (bundle.relativize(directory).getNameCount() > limits.depth()) {
                    throw new ArtifactRejected(path + ": nested too deep (expected: at most " + limits.depth() + ")");
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (isHidden(file)) {
                    return FileVisitResult.CONTINUE;
                }
                String path = relative(file);
                checkName(file.getFileName().toString(), path);
                checkUnique(path);
                checkKind(file, path, attributes);
                found.put(path, file);
                if (found.size() > limits.files()) {
                    throw new ArtifactRejected("more than " + limits.files() + " files");
                }
                total[0] = checkedTotal(total[0] + attributes.size());
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
                throw new ArtifactRejected(relative(file) + ": cannot be read");
            }

            private String relative(Path path) {
                return bundle.relativize(path).toString();
            }

            private void checkUnique(String path) {
                if (!folded.add(Normalizer.normalize(path, Normalizer.Form.NFC).toLowerCase(Locale.ROOT))) {
                    throw new ArtifactRejected(path + ": differs from another name only in case or accents' form");
                }
            }
        });
        return total[0];
    }

    private static boolean isHidden(Path path) {
        return path.getFileName().toString().startsWith(".");
    }

    private static void checkKind(Path file, String path, BasicFileAttributes attributes) throws IOException {
        if (attributes.isSymbolicLink()) {
            throw new ArtifactRejected(path + ": a link (expected: the file itself)");
        }
        if (!attributes.isRegularFile()) {
            throw new ArtifactRejected(path + ": not a regular file");
        }
        if ((int) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS) > 1) {
            throw new ArtifactRejected(
                    path + ": a hard link (expected: a file of its own, for instance `cp -r` of it)");
        }
    }

    private static void checkName(String name, String path) {
        boolean isOdd = name.length() > LONGEST_NAME
                || name.startsWith(".")
                || name.contains("\\")
                || name.contains(":")
                || name.chars().anyMatch(Character::isISOControl)
                || name.contains("\uFFFD");
        if (isOdd) {
            throw new ArtifactRejected(path.replaceAll("\\p{C}", "?")
                    + ": name not taken (expected: at most " + LONGEST_NAME
                    + " characters, no '\\', ':' or control character, not beginning with a dot)");
        }
    }

    private long checkedTotal(long bytes) {
        if (bytes > limits.bytes()) {
            throw new ArtifactRejected("more than " + limits.bytes() + " bytes");
        }
        return bytes;
    }

    private static BasicFileAttributes attributes(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    private BundleFile copyFile(String path, Path from, Path to, Counter counter) throws IOException {
        NativeCode.requireNoneByName(path);
        MessageDigest sha256 = Sha256.begin();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        long expected = attributes(from).size();
        long copied = 0;
        try (SeekableByteChannel in = open(path, from);
                FileChannel out = FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            while (copied <= expected && in.read(buffer.clear()) >= 0) {
                copied += buffer.flip().remaining();
                sha256.update(buffer.duplicate());
                while (buffer.hasRemaining()) {
                    out.write(buffer);
                }
                counter.add(buffer.limit());
            }
            out.force(true);
        }
        if (copied != expected) {
            throw new ArtifactRejected(path + ": changed while it was copied (expected: " + expected + " bytes)");
        }
        NativeCode.requireNoneByContent(path, to);
        return new BundleFile(path, Sha256.end(sha256), copied);
    }

    private static SeekableByteChannel open(String path, Path file) {
        try {
            return Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        } catch (IOException _) {
            throw new ArtifactRejected(path + ": cannot be read");
        }
    }

    /// Bytes copied so far, of all files. For one thread.
    private static final class Counter {
        private final ProgressListener progress;
        private final long total;
        private long done;

        Counter(ProgressListener progress, long total) {
            this.progress = progress;
            this.total = total;
            progress.progress(Step.COPYING, 0, total);
        }

        void add(long bytes) {
            done = Math.min(total, done + bytes);
            progress.progress(Step.COPYING, done, total);
        }
    }
}
