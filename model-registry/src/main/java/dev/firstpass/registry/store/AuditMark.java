package dev.firstpass.registry.store;

import dev.firstpass.registry.Sha256;
import dev.firstpass.registry.audit.AuditHead;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where the audit ended when a change was last acknowledged, in a file beside the database. SQLite takes damage in its log for
/// the end of the log, and forgets what comes after; by this it is noticed.
///
/// One sector, written in place after the transaction is durable, and synced: the mark is never ahead of the database, and
/// may be behind where it could not be written. One that cannot be read says nothing.
///
/// Thread-safe. Who opens it closes it.
final class AuditMark implements AutoCloseable {
    static final String NAME = "audit.head";

    private static final Logger LOG = LoggerFactory.getLogger(AuditMark.class);
    private static final int SECTOR_BYTES = 512;

    private final FileChannel channel;

    /// What is in the file; guarded by this.
    private Optional<AuditHead> marked;

    private AuditMark(FileChannel channel, Optional<AuditHead> marked) {
        this.channel = channel;
        this.marked = marked;
    }

    /// Opens the mark of a data directory, or begins one. Its name is durable once the directory is synced.
    static AuditMark open(Path directory) throws IOException {
        FileChannel channel = FileChannel.open(
                directory.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            ByteBuffer sector = ByteBuffer.allocate(SECTOR_BYTES);
            while (sector.hasRemaining() && channel.read(sector, sector.position()) >= 0) {
                // Files are read in parts.
            }
            return new AuditMark(
                    channel, parsed(new String(sector.array(), 0, sector.position(), StandardCharsets.US_ASCII)));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static Optional<AuditHead> parsed(String text) {
        String[] words = text.strip().split(" ", -1);
        if (words.length != 3 || !words[2].equals(sum(words[0] + " " + words[1]))) {
            return Optional.empty();
        }
        return Optional.of(new AuditHead(Long.parseLong(words[0]), words[1]));
    }

    private static String sum(String text) {
        return Sha256.of(text.getBytes(StandardCharsets.US_ASCII));
    }

    /// Empty if there was none yet, or none that can be read.
    synchronized Optional<AuditHead> head() {
        return marked;
    }

    /// Writes down that the audit has come that far, if it had not before.
    void advance(AuditHead head) {
        put(head, false);
    }

    /// Writes down where the audit ends, whatever was marked before.
    void reset(AuditHead head) {
        put(head, true);
    }

    private synchronized void put(AuditHead head, boolean mayBeLess) {
        boolean isNew = marked.isEmpty()
                || (mayBeLess ? !marked.get().equals(head) : marked.get().id() < head.id());
        if (!isNew) {
            return;
        }
        String text = head.id() + " " + head.hash();
        byte[] sector = new byte[SECTOR_BYTES];
        Arrays.fill(sector, (byte) ' ');
        byte[] written = (text + " " + sum(text)).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(written, 0, sector, 0, written.length);
        sector[SECTOR_BYTES - 1] = '\n';
        try {
            ByteBuffer left = ByteBuffer.wrap(sector);
            while (left.hasRemaining()) {
                channel.write(left, left.position());
            }
            channel.force(false);
            marked = Optional.of(head);
        } catch (IOException e) {
            // It is a check, and no change is lost without it.
            LOG.warn("where the audit ends is not marked", e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
