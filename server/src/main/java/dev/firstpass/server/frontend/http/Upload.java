package dev.firstpass.server.frontend.http;

import com.linecorp.armeria.common.HttpRequest;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.RegistryChanges;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// A request's body in a temporary file of its own.
///
/// For one thread at a time. Whoever received it closes it, which deletes the file.
final class Upload implements RegistryChanges.OfferedBundle {
    /// Begins the name of every upload of this process, so that what a killed one left can be told apart.
    static final String PREFIX = "firstpass-upload-" + ProcessHandle.current().pid() + "-";

    private final Path file;

    private Upload(Path file) {
        this.file = file;
    }

    /// Reads the body as it comes, at the speed of the disk. Blocks.
    ///
    /// @param connection the event loop of the request's connection
    /// @param limits as [Bodies#stream] has them
    /// @throws dev.firstpass.server.failure.FailureException STORAGE_FULL; nothing is left behind
    static Upload receive(EventExecutor connection, HttpRequest request, Limits limits) {
        Upload upload = create();
        try (InputStream body = Bodies.stream(connection, request, limits)) {
            Files.copy(body, upload.file, StandardCopyOption.REPLACE_EXISTING);
            return upload;
        } catch (IOException e) {
            upload.close();
            throw explained(e);
        } catch (RuntimeException e) {
            upload.close();
            throw e;
        }
    }

    @Override
    public Path file() {
        return file;
    }

    private static Upload create() {
        try {
            return new Upload(Files.createTempFile(PREFIX, ".part"));
        } catch (IOException e) {
            throw explained(e);
        }
    }

    /// A body that breaks off comes out of the stream as the cause of an IOException.
    private static RuntimeException explained(IOException thrown) {
        if (thrown.getCause() instanceof RuntimeException cause) {
            return cause;
        }
        String message = String.valueOf(thrown.getMessage());
        return message.contains("No space left") || message.contains("quota exceeded")
                ? Failure.of(Reason.STORAGE_FULL, "no space is left for uploads")
                        .asException()
                : new UncheckedIOException(thrown);
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
