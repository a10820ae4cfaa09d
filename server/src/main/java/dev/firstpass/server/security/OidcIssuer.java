package dev.firstpass.server.security;

import dev.firstpass.server.asset.Origin;
import dev.firstpass.server.asset.WebFile;
import dev.firstpass.server.config.OidcConfig;
import dev.firstpass.server.tls.TlsException;
import dev.firstpass.server.tls.TlsIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// An issuer of OpenID Connect: its keys, and who is known by its tokens.
///
/// Thread-safe. Closing it closes connections to where the keys are.
public final class OidcIssuer implements AutoCloseable {
    /// How often [#look] is to be called.
    public static final Duration TICK = SigningKeys.TICK;

    private static final String SETTING = "security.oidc.jwks";
    private static final int MAX_BYTES = 1 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Optional<PinnedTransport> transport;
    private final SigningKeys keys;
    private final JwtAuthenticator authenticator;

    /// Knows nobody until the first [#look].
    ///
    /// @throws TlsException if the file with authorities cannot be used
    public OidcIssuer(OidcConfig config, InstantSource clock) throws TlsException {
        this.transport = switch (config.keys()) {
            case OidcConfig.Keys.In _ -> Optional.empty();
            case OidcConfig.Keys.At _ -> Optional.of(new PinnedTransport(authorities(config)));
        };
        this.keys = new SigningKeys(source(config), config.keyExpiry(), clock);
        this.authenticator = new JwtAuthenticator(config, keys, clock);
    }

    private static List<X509Certificate> authorities(OidcConfig config) throws TlsException {
        Optional<Path> file = config.authorities();
        return file.isEmpty() ? List.of() : TlsIdentity.certificates(file.get(), TlsException.Which.AUTHORITIES);
    }

    private SigningKeys.Source source(OidcConfig config) {
        return switch (config.keys()) {
            case OidcConfig.Keys.In(Path file) -> () -> Files.readAllBytes(file);
            case OidcConfig.Keys.At(var uri) -> {
                WebFile file =
                        new WebFile(uri, Origin.of(uri).orElseThrow(), MAX_BYTES, SETTING, transport.orElseThrow());
                yield () -> file.read(PATIENCE);
            }
        };
    }

    Authenticator authenticator() {
        return authenticator;
    }

    /// Reads the keys if it is time to. Blocks for some seconds at most.
    public void look() {
        try {
            keys.look();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        transport.ifPresent(PinnedTransport::close);
    }
}
