package dev.firstpass.server.upload;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;

/// A piece begins elsewhere than where the upload has come to. Doors tell the right offset in their own way.
public final class OffsetException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long given;
    private final long right;

    OffsetException(long given, long right) {
        super("offset " + given + ", not " + right);
        this.given = given;
        this.right = right;
    }

    /// Where the next piece has to begin.
    public long right() {
        return right;
    }

    public Failure failure() {
        return Failure.ofField(
                Reason.PRECONDITION_FAILED,
                "Upload-Offset",
                "Upload-Offset: " + given + " (expected: " + right + ", where the upload has come to)");
    }
}
