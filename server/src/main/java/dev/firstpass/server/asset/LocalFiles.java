package dev.firstpass.server.asset;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/// Images in one folder and those below it. What a link leads to counts, so that none leads out.
///
/// Thread-safe.
final class LocalFiles {
    private static final String FIELD = "asset.uri";

    private final Path root;
    private final int maxBytes;

    LocalFiles(Path root, int maxBytes) {
        this.root = root;
        this.maxBytes = maxBytes;
    }

    /// @param relative to the folder
    /// @throws FailureException ASSET_FORBIDDEN for what is not below it, ASSET_UNREACHABLE for what is not there,
    ///     REQUEST_TOO_LARGE
    byte[] read(String relative) {
        try {
            Path top = root.toRealPath();
            Path lexical = top.resolve(relative.replaceFirst("^/+", "")).normalize();
            Path file = lexical.startsWith(top) ? lexical.toRealPath() : lexical;
            if (!file.startsWith(top)) {
                throw failure(Reason.ASSET_FORBIDDEN, "is not in the folder of local files");
            }
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                throw failure(Reason.ASSET_UNREACHABLE, "is no file");
            }
            try (InputStream in = Channels.newInputStream(
                    Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)))) {
                byte[] bytes = in.readNBytes(maxBytes + 1);
                if (bytes.length > maxBytes) {
                    throw failure(Reason.REQUEST_TOO_LARGE, "has more than " + maxBytes + " bytes");
                }
                return bytes;
            }
        } catch (InvalidPathException _) {
            throw failure(Reason.ASSET_FORBIDDEN, "is no path");
        } catch (IOException _) {
            throw failure(Reason.ASSET_UNREACHABLE, "cannot be read among the local files");
        }
    }

    private static FailureException failure(Reason reason, String what) {
        return Failure.ofField(reason, FIELD, FIELD + ": " + what).asException();
    }
}
