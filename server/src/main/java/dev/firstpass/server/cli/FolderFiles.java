package dev.firstpass.server.cli;

import dev.firstpass.postprocess.dataset.DataSetFiles;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collections;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeSet;

/// The files of a data set in a folder. Links are followed: data sets are often put together by them.
///
/// Thread-safe. Holds the names of all files, and none of them open.
final class FolderFiles implements DataSetFiles {
    private final Path folder;
    private final SequencedSet<String> names;

    private FolderFiles(Path folder, SequencedSet<String> names) {
        this.folder = folder;
        this.names = names;
    }

    /// Looks through the folder and those in it.
    ///
    /// @throws CliException if it cannot be read
    static FolderFiles of(Path folder) {
        return of(folder, Optional.empty());
    }

    /// Looks through the folder and those in it, but for one file or folder of them.
    ///
    /// @throws CliException if it cannot be read
    static FolderFiles of(Path folder, Optional<Path> except) {
        Optional<Path> left = except.map(path -> path.toAbsolutePath().normalize());
        SequencedSet<String> names = new TreeSet<>();
        try {
            Files.walkFileTree(
                    folder, Set.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                            return !directory.equals(folder) && (isHidden(directory) || isLeft(directory))
                                    ? FileVisitResult.SKIP_SUBTREE
                                    : FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                            if (attributes.isRegularFile() && !isHidden(file) && !isLeft(file)) {
                                names.add(folder.relativize(file).toString().replace('\\', '/'));
                            }
                            return FileVisitResult.CONTINUE;
                        }

                        private boolean isLeft(Path path) {
                            return left.isPresent()
                                    && left.get().equals(path.toAbsolutePath().normalize());
                        }
                    });
        } catch (IOException e) {
            throw CliException.failed("cannot read " + folder + ": " + ErrorText.of(e), e);
        }
        return new FolderFiles(folder, Collections.unmodifiableSequencedSet(names));
    }

    private static boolean isHidden(Path file) {
        return file.getFileName().toString().startsWith(".");
    }

    /// Where a file is.
    Path path(String name) {
        return folder.resolve(name);
    }

    @Override
    public SequencedSet<String> names() {
        return names;
    }

    @Override
    public InputStream open(String name) throws IOException {
        return Files.newInputStream(path(name));
    }

    @Override
    public byte[] read(String name, long offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        try (FileChannel file = FileChannel.open(path(name))) {
            while (bytes.hasRemaining()) {
                if (file.read(bytes, offset + bytes.position()) < 0) {
                    throw new EOFException(name + ": ends early");
                }
            }
        }
        return bytes.array();
    }
}
