package dev.firstpass.server.cli;

import dev.firstpass.server.tls.TlsException;
import dev.firstpass.server.tls.Trust;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/// A listener of a server, and what to show there.
///
/// Immutable. Its text does not say what is shown.
///
/// @param root of the listener, with or without a slash at its end
/// @param token empty where nothing is to be shown
/// @param trust whose certificate is taken, where the root is one of https
record Endpoint(URI root, Optional<String> token, Trust trust) {
    private static final String TOKEN = "FIRSTPASS_TOKEN";
    private static final String TOKEN_FILE = "FIRSTPASS_TOKEN_FILE";
    private static final String CA_FILE = "FIRSTPASS_CA_FILE";

    Endpoint(URI root, Optional<String> token) {
        this(root, token, new Trust.Usual());
    }

    static Endpoint of(URI root) {
        return new Endpoint(root, Optional.empty());
    }

    /// With the authorities whose file the environment names, and the token that the environment has, or a file that it names: what stands on a command line, everybody on the
    /// machine can read.
    ///
    /// @throws CliException if the file cannot be read
    static Endpoint of(URI root, Map<String, String> environment) {
        return new Endpoint(
                root,
                given(environment, TOKEN)
                        .or(() -> given(environment, TOKEN_FILE).map(Endpoint::read)),
                given(environment, CA_FILE)
                        .<Trust>map(file -> new Trust.Authorities(Path.of(file)))
                        .orElseGet(Trust.Usual::new));
    }

    /// The client's side of TLS.
    ///
    /// @throws CliException if the file with the certificates cannot be used
    Optional<SSLContext> tls() {
        try {
            return trust.context();
        } catch (TlsException e) {
            throw CliException.usage(CA_FILE + ": (expected: " + e.getMessage() + ")");
        }
    }

    private static Optional<String> given(Map<String, String> environment, String variable) {
        return Optional.ofNullable(environment.get(variable)).map(String::strip).filter(text -> !text.isEmpty());
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException | InvalidPathException e) {
            throw CliException.usage(TOKEN_FILE + ": cannot read " + file + " (expected: a file with a token)");
        }
    }

    @Override
    public String toString() {
        return root.toString();
    }
}
