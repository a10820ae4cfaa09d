package dev.firstpass.server.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// All entries in one zip, without a time, so that the same entries make the same file.
///
/// For one thread.
final class DraftZip implements DraftFiles {
    /// The first that a zip can say.
    private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    private final Path file;
    private final Path draft;
    private final ZipOutputStream zip;

    DraftZip(Path file) throws IOException {
        this.file = file;
        this.draft = file.resolveSibling("." + file.getFileName() + ".tmp");
        Files.createDirectories(draft.toAbsolutePath().getParent());
        this.zip = new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(draft)));
    }

    @Override
    public OutputStream entry(String name) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTimeLocal(NO_TIME);
        zip.putNextEntry(entry);
        return new Entry(zip);
    }

    @Override
    public List<Path> commit() throws IOException {
        zip.close();
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return List.of(file);
    }

    @Override
    public void close() throws IOException {
        zip.close();
        Files.deleteIfExists(draft);
    }

    /// The entry that was begun last; closing it leaves the zip open. For one thread.
    private static final class Entry extends OutputStream {
        private final ZipOutputStream zip;
        private boolean isClosed;

        Entry(ZipOutputStream zip) {
            this.zip = zip;
        }

        @Override
        public void write(int b) throws IOException {
            zip.write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            zip.write(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            if (!isClosed) {
                isClosed = true;
                zip.closeEntry();
            }
        }
    }
}
