package dev.firstpass.server.frontend;

import dev.firstpass.server.upload.TakenUpload;
import java.nio.file.Path;

/// A bundle that came in one request, which cannot be gone on with: closing deletes it, whatever came of it.
///
/// Thread-safe.
public record StreamedBundle(TakenUpload upload) implements RegistryChanges.OfferedBundle {
    @Override
    public Path file() {
        return upload.file();
    }

    @Override
    public void close() {
        upload.consume();
        upload.close();
    }
}
