package dev.firstpass.server.frontend.http;

import com.linecorp.armeria.common.HttpRequest;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.StreamedBundle;
import dev.firstpass.server.upload.UploadStore;
import dev.firstpass.server.upload.UploadWriter;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.OptionalLong;

/// Takes a bundle that comes in one piece, as an upload in pieces that nobody goes on with: on the disk of the data directory, and with
/// all other uploads within what these may have.
///
/// Pure functions, but for the disk.
final class Upload {
    private static final int BUFFER_BYTES = 1 << 16;

    private Upload() {}

    /// Reads the body as it comes, at the speed of the disk. Blocks.
    ///
    /// @param tenant whose it is
    /// @param connection the event loop of the request's connection
    /// @param limits as [Bodies#stream] has them
    /// @return to be closed by whoever received it, which deletes the file
    /// @throws dev.firstpass.server.failure.FailureException ARTIFACT_REJECTED if nothing comes, STORAGE_FULL, QUOTA_EXCEEDED,
    ///     REQUEST_TOO_LARGE; nothing is left behind
    static StreamedBundle receive(
            UploadStore uploads, Tenant tenant, EventExecutor connection, HttpRequest request, Limits limits) {
        String id =
                uploads.create(tenant, OptionalLong.empty(), Optional.empty()).id();
        try (InputStream body = Bodies.stream(connection, request, limits)) {
            UploadWriter writer = uploads.append(tenant, id, 0);
            long bytes = copy(body, writer);
            // Not where it breaks off: what is closed is on the disk before it returns, and that is deleted.
            writer.close();
            if (bytes == 0) {
                throw Failure.of(
                                Reason.ARTIFACT_REJECTED,
                                "the bundle is empty (expected: a model's file, or an archive)")
                        .asException();
            }
            return new StreamedBundle(uploads.take(tenant, id));
        } catch (IOException e) {
            uploads.discard(tenant, id);
            throw Bodies.explained(e);
        } catch (RuntimeException e) {
            uploads.discard(tenant, id);
            throw e;
        }
    }

    /// Takes all of a body, at the speed of the disk. Blocks.
    ///
    /// @return how many bytes there were
    static long copy(InputStream body, UploadWriter to) throws IOException {
        long bytes = 0;
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
            to.write(buffer, 0, n);
            bytes += n;
        }
        return bytes;
    }
}
