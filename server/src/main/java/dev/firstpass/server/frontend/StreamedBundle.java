package dev.firstpass.server.frontend.grpc;

import dev.firstpass.server.frontend.RegistryChanges;
import dev.firstpass.server.upload.TakenUpload;
import java.nio.file.Path;

/// A bundle that came over a stream, which cannot be gone on with: closing deletes it, whatever came of it.
///
/// Thread-safe.
record StreamedBundle(TakenUpload upload) implements RegistryChanges.OfferedBundle {
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
