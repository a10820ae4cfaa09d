package dev.firstpass.server.upload;

import java.nio.file.Path;

/// A complete upload in the hands of somebody who reads it.
///
/// Thread-safe. Whoever took it closes it: it is deleted if it was consumed, and else can be taken again until it
/// expires.
public final class TakenUpload implements AutoCloseable {
    private final UploadSession session;
    private final Path file;
    private volatile boolean consumed;

    TakenUpload(UploadSession session, Path file) {
        this.session = session;
        this.file = file;
    }

    /// In a folder of its own.
    public Path file() {
        return file;
    }

    /// In lower-case hex digits.
    public String sha256() {
        return session.takenHash();
    }

    /// It has served its purpose.
    public void consume() {
        consumed = true;
    }

    @Override
    public void close() {
        session.release(consumed);
    }
}
