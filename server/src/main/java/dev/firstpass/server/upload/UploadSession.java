package dev.firstpass.server.upload;

import dev.firstpass.registry.Sha256;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One upload: its file, how much of that is on the disk, and who may write to it.
///
/// At most one writer is in force. A new one ends the one before, whose connection is broken, as a rule, without the
/// server having noticed yet; what that one wrote stays.
///
/// The file is written without channels, since those close when their thread is interrupted, as it is when a client goes
/// away.
///
/// Thread-safe: everything happens under its lock, which is held while the disk writes.
final class UploadSession {
    private static final Logger LOG = LoggerFactory.getLogger(UploadSession.class);

    private enum Use {
        OPEN,
        TAKEN,
        GONE
    }

    private final String id;
    private final Path folder;
    private final Path file;
    private final long most;
    private final OptionalLong length;
    private final Optional<String> sha256;
    private final Room room;
    private final Duration expiry;
    private final InstantSource clock;

    private final MessageDigest digest = Sha256.begin();
    private Optional<RandomAccessFile> out = Optional.empty();
    private long writers;
    private long written;
    private long synced;
    private Instant touched;
    private Use use = Use.OPEN;

    /// @param folder a fresh one, deleted with the upload
    /// @param most bytes that it may have
    UploadSession(
            String id,
            Path folder,
            long most,
            OptionalLong length,
            Optional<String> sha256,
            Room room,
            Duration expiry,
            InstantSource clock) {
        this.id = id;
        this.folder = folder;
        this.file = folder.resolve("upload.part");
        this.most = length.orElse(most);
        this.length = length;
        this.sha256 = sha256;
        this.room = room;
        this.expiry = expiry;
        this.clock = clock;
        this.touched = clock.instant();
    }

    synchronized UploadStatus status() {
        requireThere();
        return new UploadStatus(id, synced, length, sha256, touched.plus(expiry));
    }

    /// Ends the writer in force, if any, so that the offset that is told stays the right one.
    synchronized UploadStatus settle() {
        requireOpen();
        endWriter();
        return status();
    }

    /// Makes a new writer the one in force.
    ///
    /// @return its number
    /// @throws OffsetException if the next byte is another one
    synchronized long begin(long offset) {
        requireOpen();
        endWriter();
        if (offset != written) {
            throw new OffsetException(offset, written);
        }
        try {
            RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw");
            out = Optional.of(opened);
            opened.seek(written);
        } catch (IOException e) {
            endWriter();
            throw StorageTrouble.of(e);
        }
        touched = clock.instant();
        return ++writers;
    }

    /// @throws FailureException IN_USE if the writer is in force no more, REQUEST_TOO_LARGE, QUOTA_EXCEEDED or
    ///     STORAGE_FULL; nothing is written then
    synchronized void write(long writer, byte[] bytes, int from, int count) {
        RandomAccessFile target = out.filter(_ -> use == Use.OPEN && writer == writers)
                .orElseThrow(() -> Failure.of(Reason.IN_USE, "upload: another request has taken over, or it has ended")
                        .asException());
        if (count > most - written) {
            throw Failure.of(
                            Reason.REQUEST_TOO_LARGE,
                            "the upload is longer than " + (length.isPresent() ? "announced" : "allowed")
                                    + " (expected: at most " + most + " bytes)")
                    .asException();
        }
        room.take(count);
        try {
            target.write(bytes, from, count);
        } catch (IOException e) {
            room.giveBack(count);
            cutBack(target);
            throw StorageTrouble.of(e);
        }
        digest.update(bytes, from, count);
        written += count;
        touched = clock.instant();
    }

    /// A disk that is full may have taken a part.
    private void cutBack(RandomAccessFile target) {
        try {
            target.setLength(written);
            target.seek(written);
        } catch (IOException e) {
            lose();
            throw new UncheckedIOException("the upload's file cannot be cut back", e);
        }
    }

    /// Ends a writer, if it is still in force: what it wrote is on the disk then.
    ///
    /// @throws FailureException ARTIFACT_REJECTED if the upload is complete and has another hash than announced; it is
    ///     deleted
    synchronized void end(long writer) {
        if (writer == writers && out.isPresent()) {
            endWriter();
            if (length.isPresent() && length.getAsLong() == written) {
                requireHash();
            }
        }
    }

    private void endWriter() {
        if (out.isEmpty()) {
            return;
        }
        RandomAccessFile ended = out.get();
        out = Optional.empty();
        try (ended) {
            ended.getFD().sync();
            synced = written;
        } catch (IOException e) {
            // What a disk could not sync once it may have dropped, and it says so only once.
            lose();
            throw StorageTrouble.of(e);
        }
    }

    private void requireHash() {
        if (sha256.isEmpty()) {
            return;
        }
        String found = hash();
        if (!found.equals(sha256.get())) {
            lose();
            throw Failure.ofField(
                            Reason.ARTIFACT_REJECTED,
                            "sha256",
                            "sha256: what came has " + found + " (expected, as announced: " + sha256.get()
                                    + "); send it anew")
                    .asException();
        }
    }

    /// So far.
    private String hash() {
        try {
            return Sha256.end((MessageDigest) digest.clone());
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("Java's own SHA-256 can be cloned", e);
        }
    }

    /// Gives the file to somebody who reads it: nothing may be written any more, and it does not expire.
    ///
    /// @throws FailureException PRECONDITION_FAILED if it is not complete, ARTIFACT_REJECTED if its hash is wrong
    synchronized Path take() {
        requireOpen();
        endWriter();
        if (written == 0 || (length.isPresent() && length.getAsLong() != written)) {
            String all = length.isPresent() ? " of " + length.getAsLong() : "";
            throw Failure.ofField(
                            Reason.PRECONDITION_FAILED,
                            "upload",
                            "upload: " + written + all + " bytes have come (expected: all)")
                    .asException();
        }
        requireHash();
        use = Use.TAKEN;
        return file;
    }

    /// The SHA-256 of the file that was taken, in lower-case hex digits.
    synchronized String takenHash() {
        return hash();
    }

    /// Ends what `take` began.
    ///
    /// @param consumed whether the upload has served its purpose, and is deleted
    synchronized void release(boolean consumed) {
        if (use == Use.TAKEN) {
            use = Use.OPEN;
            touched = clock.instant();
            if (consumed) {
                lose();
            }
        }
    }

    /// @throws FailureException IN_USE while it is being registered
    synchronized void delete() {
        requireOpen();
        lose();
    }

    /// Deletes it unless somebody has taken it.
    ///
    /// @return whether it is gone
    synchronized boolean discard() {
        if (use == Use.OPEN) {
            lose();
        }
        return use == Use.GONE;
    }

    /// Deletes it if it has expired.
    ///
    /// @return whether it is gone
    synchronized boolean expire(Instant now) {
        boolean expired = use == Use.OPEN && !now.isBefore(touched.plus(expiry));
        if (expired) {
            lose();
        }
        return use == Use.GONE;
    }

    private void requireThere() {
        if (use == Use.GONE) {
            throw UploadStore.notFound();
        }
    }

    private void requireOpen() {
        requireThere();
        if (use == Use.TAKEN) {
            throw Failure.of(Reason.IN_USE, "upload: it is being registered").asException();
        }
    }

    /// A file that cannot be deleted is left to the next start, which empties the area: what the upload was for is done, or
    /// has failed for its own reason.
    private void lose() {
        use = Use.GONE;
        room.giveBack(written);
        written = 0;
        try {
            if (out.isPresent()) {
                out.get().close();
                out = Optional.empty();
            }
            Files.deleteIfExists(file);
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            LOG.warn("upload {} cannot be deleted", id, e);
        }
    }
}
