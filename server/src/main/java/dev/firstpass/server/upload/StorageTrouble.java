package dev.firstpass.server.upload;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;

/// What a disk that fails is to callers.
final class StorageTrouble {
    private StorageTrouble() {}

    /// STORAGE_FULL where the operating system says so; else a fault of the server.
    static RuntimeException of(IOException thrown) {
        String message = String.valueOf(thrown.getMessage());
        return message.contains("No space left") || message.contains("quota exceeded")
                ? Failure.of(Reason.STORAGE_FULL, "no space is left for uploads")
                        .asException()
                : new UncheckedIOException(thrown);
    }
}
