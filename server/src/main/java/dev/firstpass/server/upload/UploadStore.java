package dev.firstpass.server.upload;

import dev.firstpass.registry.Tenant;
import dev.firstpass.server.config.UploadLimits;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Bundles that come in pieces, over as many requests and connections as it takes.
///
/// An offset that is told has been synced to the disk. Uploads are bounded in number, in bytes and in age, and do not
/// outlast the process. Memory: a few hundred bytes for each, whatever its size.
///
/// Ids are looked up and never made into paths.
///
/// Thread-safe. Blocks as long as the disk takes.
public final class UploadStore {
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Duration WAIT = Duration.ofSeconds(30);

    /// Characters.
    public static final int LONGEST_ID = 36;

    private final Path area;
    private final UploadLimits limits;
    private final long maxUploadBytes;
    private final InstantSource clock;
    private final Room room;
    private final Map<Key, UploadSession> sessions = new ConcurrentHashMap<>();

    /// An upload is found by its tenant alone.
    private record Key(Tenant tenant, String id) {}

    private UploadStore(Path area, UploadLimits limits, long maxUploadBytes, InstantSource clock) {
        this.area = area;
        this.limits = limits;
        this.maxUploadBytes = maxUploadBytes;
        this.clock = clock;
        this.room = new Room(limits.maxBytes());
    }

    /// @param area a directory that is this store's alone; emptied where there is one, made when it is needed
    /// @param maxUploadBytes of one upload
    public static UploadStore open(Path area, UploadLimits limits, long maxUploadBytes, InstantSource clock) {
        try {
            if (Files.isDirectory(area)) {
                empty(area);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new UploadStore(area, limits, maxUploadBytes, clock);
    }

    private static void empty(Path area) throws IOException {
        Files.walkFileTree(area, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failed) throws IOException {
                if (!directory.equals(area)) {
                    Files.delete(directory);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /// Begins an upload.
    ///
    /// @param tenant whose it is: by its id nobody else finds it
    /// @param length of all of it, if known
    /// @param sha256 of all of it, in lower-case hex digits, if known; held against what comes
    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID, REQUEST_TOO_LARGE, or QUOTA_EXCEEDED if
    ///     there are too many
    public UploadStatus create(Tenant tenant, OptionalLong length, Optional<String> sha256) {
        if (length.isPresent() && length.getAsLong() < 1) {
            throw invalid("length", "length: " + length.getAsLong() + " (expected: at least 1)");
        }
        if (length.isPresent() && length.getAsLong() > maxUploadBytes) {
            throw Failure.ofField(
                            Reason.REQUEST_TOO_LARGE,
                            "length",
                            "length: " + length.getAsLong() + " (expected: at most " + maxUploadBytes + ")")
                    .asException();
        }
        sha256.filter(text -> !SHA256.matcher(text).matches()).ifPresent(text -> {
            throw invalid("sha256", "sha256: " + Words.quoted(text) + " (expected: 64 lower-case hex digits)");
        });
        sweep();
        return begin(tenant, length, sha256).status();
    }

    private static RuntimeException invalid(String field, String detail) {
        return Failure.ofField(Reason.ARGUMENT_INVALID, field, detail).asException();
    }

    private synchronized UploadSession begin(Tenant tenant, OptionalLong length, Optional<String> sha256) {
        if (sessions.size() >= limits.maxSessions()) {
            throw new Failure(
                            Reason.QUOTA_EXCEEDED,
                            "too many uploads are under way (expected: at most " + limits.maxSessions() + ")",
                            Optional.empty(),
                            Optional.of(WAIT))
                    .asException();
        }
        String id = UUID.randomUUID().toString();
        Path folder = area.resolve(id);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw StorageTrouble.of(e);
        }
        UploadSession session =
                new UploadSession(id, folder, maxUploadBytes, length, sha256, room, limits.expiry(), clock);
        sessions.put(new Key(tenant, id), session);
        return session;
    }

    /// How far an upload is; a piece under way goes on, and does not count yet.
    ///
    /// @throws dev.firstpass.server.failure.FailureException UPLOAD_NOT_FOUND
    public UploadStatus status(Tenant tenant, String id) {
        return session(tenant, id).status();
    }

    /// How far an upload is, for somebody who goes on from there: a piece under way is ended, and counts as far as it
    /// came.
    ///
    /// @throws dev.firstpass.server.failure.FailureException UPLOAD_NOT_FOUND, or IN_USE while it is being registered
    public UploadStatus settle(Tenant tenant, String id) {
        return session(tenant, id).settle();
    }

    /// Begins a piece; one that is under way is ended. The caller closes the writer.
    ///
    /// @throws OffsetException if the upload has come to another offset
    /// @throws dev.firstpass.server.failure.FailureException UPLOAD_NOT_FOUND, or IN_USE while it is being registered
    public UploadWriter append(Tenant tenant, String id, long offset) {
        UploadSession session = session(tenant, id);
        return new UploadWriter(session, session.begin(offset));
    }

    /// Takes a complete upload to read it. The caller closes it.
    ///
    /// @throws dev.firstpass.server.failure.FailureException UPLOAD_NOT_FOUND, IN_USE if somebody else has it,
    ///     PRECONDITION_FAILED if it is not complete, ARTIFACT_REJECTED if its hash is not the announced one
    public TakenUpload take(Tenant tenant, String id) {
        UploadSession session = session(tenant, id);
        return new TakenUpload(session, session.take());
    }

    /// Deletes an upload; a piece under way ends.
    ///
    /// @throws dev.firstpass.server.failure.FailureException UPLOAD_NOT_FOUND, or IN_USE while it is being registered
    public void delete(Tenant tenant, String id) {
        session(tenant, id).delete();
        sessions.remove(new Key(tenant, id));
    }

    /// Deletes an upload if it is there and nobody has taken it.
    public void discard(Tenant tenant, String id) {
        UploadSession session = sessions.get(new Key(tenant, id));
        if (session != null && session.discard()) {
            sessions.remove(new Key(tenant, id));
        }
    }

    /// Deletes what has expired. To be called now and then.
    public void sweep() {
        Instant now = clock.instant();
        sessions.values().removeIf(session -> session.expire(now));
    }

    /// Bytes that all uploads hold.
    long bytes() {
        return room.taken();
    }

    private UploadSession session(Tenant tenant, String id) {
        UploadSession session = sessions.get(new Key(tenant, id));
        if (session == null || session.expire(clock.instant())) {
            throw notFound();
        }
        return session;
    }

    /// What those hear who name an upload that there is not.
    public static FailureException notFound() {
        return Failure.of(Reason.UPLOAD_NOT_FOUND, "upload: there is none of this id, or no more")
                .asException();
    }
}
