package dev.firstpass.server.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The certificate in use, which follows its files: what is there is taken if it can be, and else the last that could is
/// kept. By their bytes and not by their dates, since Kubernetes changes a link to them.
///
/// Thread-safe. Looking reads a few small files.
public final class TlsWatch {
    private static final Logger LOG = LoggerFactory.getLogger(TlsWatch.class);

    private final TlsFiles files;
    private final InstantSource clock;
    private volatile TlsIdentity current;

    /// What is in use was read from these bytes; guarded by this once it is made, as what follows.
    private String taken;

    /// The last that were refused, which may be taken later: a certificate that was not valid yet, or a file that could not be read.
    private String refused = "";

    /// What came of a look.
    public enum Look {
        SAME,
        RENEWED,
        REFUSED
    }

    /// Reads the files.
    ///
    /// @throws TlsException naming the file and what it is to be
    public TlsWatch(TlsFiles files, InstantSource clock) throws TlsException {
        this.files = files;
        this.clock = clock;
        this.taken = content();
        this.current = TlsIdentity.read(files, clock.instant());
    }

    public TlsIdentity current() {
        return current;
    }

    /// Looks whether the files are others by now. What is refused is told of once, and tried again each time.
    public synchronized Look look() {
        String content = content();
        if (content.equals(taken)) {
            refused = "";
            return Look.SAME;
        }
        try {
            TlsIdentity renewed = TlsIdentity.read(files, clock.instant());
            current = renewed;
            taken = content;
            refused = "";
            LOG.info("new connections use the certificate of {}", renewed);
            return Look.RENEWED;
        } catch (TlsException e) {
            if (content.equals(refused)) {
                return Look.SAME;
            }
            refused = content;
            LOG.error(
                    "the certificate's files changed, and are not taken; the one before is still in use: {}: (expected:"
                            + " {})",
                    key(e.which()),
                    e.getMessage());
            return Look.REFUSED;
        }
    }

    private Path key(TlsException.Which which) {
        return switch (which) {
            case CERTIFICATE -> files.certificate();
            case KEY -> files.key();
            case AUTHORITIES ->
                files.clients().map(TlsFiles.Clients::authorities).orElse(files.certificate());
        };
    }

    /// Changes with any byte of any file; a file that cannot be read is as one of its own.
    private String content() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : all()) {
                digest.update(bytes(file));
                digest.update((byte) 0);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<Path> all() {
        Optional<Path> authorities = files.clients().map(TlsFiles.Clients::authorities);
        return Stream.concat(Stream.of(files.certificate(), files.key()), authorities.stream())
                .toList();
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException _) {
            return new byte[0];
        }
    }
}
