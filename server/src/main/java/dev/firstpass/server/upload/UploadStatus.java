package dev.firstpass.server.upload;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/// How far an upload is.
///
/// Immutable.
///
/// @param offset bytes that are on the disk: where the next piece begins
/// @param length bytes that there will be, where that was told
/// @param sha256 that they will have, in lower-case hex digits, where that was told
/// @param expiresAt when it is deleted if nothing more comes
public record UploadStatus(String id, long offset, OptionalLong length, Optional<String> sha256, Instant expiresAt) {
    /// Whether all that was announced has come; never where no length was.
    public boolean isComplete() {
        return length.isPresent() && length.getAsLong() == offset;
    }
}
