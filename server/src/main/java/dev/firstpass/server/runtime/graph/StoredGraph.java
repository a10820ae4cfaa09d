package dev.firstpass.server.runtime.graph;

import dev.firstpass.registry.Sha256;
import dev.firstpass.server.runtime.engine.SavedGraph;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One graph in the store.
///
/// Thread-safe: files are put in place whole, so that who comes second finds the first one's or replaces it by its like.
final class StoredGraph implements SavedGraph {
    static final String SUFFIX = ".onnx";

    private static final Logger LOG = LoggerFactory.getLogger(StoredGraph.class);

    private final Path incoming;
    private final Path file;
    private final Path hash;
    private final long mostBytes;

    /// @param incoming folder for files that are not checked yet
    /// @param mostBytes that are kept
    StoredGraph(Path incoming, Path file, long mostBytes) {
        this.incoming = incoming;
        this.file = file;
        this.hash = file.resolveSibling(file.getFileName() + ".sha256");
        this.mostBytes = mostBytes;
    }

    @Override
    public Optional<Path> incoming() {
        try {
            return Optional.of(newFile());
        } catch (IOException e) {
            LOG.warn("no room for optimised graphs: {}", e.toString());
            return Optional.empty();
        }
    }

    private Path newFile() throws IOException {
        return Files.createDirectories(incoming).resolve(UUID.randomUUID().toString());
    }

    @Override
    public Optional<Path> find() {
        if (!Files.isRegularFile(file) || !Files.isRegularFile(hash)) {
            return Optional.empty();
        }
        try (InputStream in = Files.newInputStream(file)) {
            if (copy(in, OutputStream.nullOutputStream()).equals(Files.readString(hash))) {
                return Optional.of(file);
            }
            LOG.warn("{}: not what was kept; the model file is read", file);
        } catch (IOException e) {
            LOG.warn("{}: cannot be read: {}", file, e.toString());
        }
        discard();
        return Optional.empty();
    }

    /// Whoever wrote the file may have it open still, so that a copy is kept; and may have put something else in its
    /// place, so that it is moved out of reach before it is looked at.
    @Override
    public void keep(Path fresh) {
        if (!Files.exists(fresh, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            Path own = newFile();
            try {
                moveOrCopy(fresh, own);
                requirePlain(own);
                putInPlace(own);
            } finally {
                Files.deleteIfExists(own);
            }
        } catch (IOException e) {
            LOG.warn("{}: the optimised graph is not kept: {}", file, e.toString());
        }
    }

    private static void moveOrCopy(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException _) {
            requirePlain(from);
            Files.copy(from, to, LinkOption.NOFOLLOW_LINKS);
            Files.delete(from);
        }
    }

    private static void requirePlain(Path file) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                || !Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS)
                        .equals(1)) {
            throw new IOException("not a plain file");
        }
    }

    private void putInPlace(Path own) throws IOException {
        Path copy = newFile();
        try {
            String sha256;
            try (InputStream in = Files.newInputStream(own, LinkOption.NOFOLLOW_LINKS);
                    OutputStream out = Files.newOutputStream(copy)) {
                sha256 = copy(in, out);
            }
            Files.createDirectories(file.getParent());
            Files.deleteIfExists(hash);
            Files.move(copy, file, StandardCopyOption.ATOMIC_MOVE);
            Files.writeString(copy, sha256);
            Files.move(copy, hash, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(copy);
        }
    }

    /// @return SHA-256 of what was copied
    private String copy(InputStream in, OutputStream out) throws IOException {
        try (DigestInputStream digested = new DigestInputStream(in, Sha256.begin())) {
            byte[] buffer = new byte[64 << 10];
            long bytes = 0;
            for (int n = digested.read(buffer); n >= 0; n = digested.read(buffer)) {
                bytes += n;
                if (bytes > mostBytes) {
                    throw new IOException("more than " + mostBytes + " bytes");
                }
                out.write(buffer, 0, n);
            }
            return Sha256.end(digested.getMessageDigest());
        }
    }

    @Override
    public void discard() {
        try {
            Files.deleteIfExists(hash);
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("{}: an optimised graph of no use stays: {}", file, e.toString());
        }
    }
}
