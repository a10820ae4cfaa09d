package dev.firstpass.server.upload;

/// The right to add to an upload, until somebody else takes it.
///
/// For one thread. Whoever got it closes it, which syncs what was written, also of a piece that broke off.
public final class UploadWriter implements AutoCloseable {
    private final UploadSession session;
    private final long number;

    UploadWriter(UploadSession session, long number) {
        this.session = session;
        this.number = number;
    }

    /// Blocks as long as the disk takes.
    ///
    /// @throws dev.firstpass.server.failure.FailureException IN_USE if another writer has taken over,
    ///     REQUEST_TOO_LARGE, QUOTA_EXCEEDED or STORAGE_FULL; nothing of these bytes is written then
    public void write(byte[] bytes, int from, int count) {
        session.write(number, bytes, from, count);
    }

    /// @throws dev.firstpass.server.failure.FailureException ARTIFACT_REJECTED if the upload is complete and has another
    ///     hash than announced; it is deleted
    @Override
    public void close() {
        session.end(number);
    }
}
