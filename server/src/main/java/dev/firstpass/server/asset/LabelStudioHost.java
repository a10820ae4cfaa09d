package dev.firstpass.server.asset;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/// A Label Studio, and what it knows the server by.
///
/// Immutable.
///
/// @param base its address, which ends with `/`
/// @param token sent to that address and to no other; empty where none is needed
public record LabelStudioHost(URI base, Optional<AccessToken> token) {
    /// @throws IllegalArgumentException if the address is none of a web server
    public LabelStudioHost {
        if (Origin.of(base).isEmpty() || !base.getRawPath().endsWith("/")) {
            throw new IllegalArgumentException("base: (expected: an http or https address that ends with /)");
        }
    }

    /// The address as people write it: with a path or without, with a slash at its end or without.
    public static Optional<URI> base(String text) {
        try {
            URI uri = new URI(text.endsWith("/") ? text : text + "/");
            boolean isPlain = uri.getRawQuery() == null && uri.getRawFragment() == null;
            return Origin.of(uri).filter(_ -> isPlain).map(_ -> uri.normalize());
        } catch (URISyntaxException _) {
            return Optional.empty();
        }
    }

    Origin origin() {
        return Origin.of(base).orElseThrow();
    }

    /// A secret that does not show itself.
    public record AccessToken(String value) {
        /// Three parts with dots in between: of those that Label Studio calls personal, which are changed into one that
        /// holds for some minutes.
        boolean isPersonal() {
            return value.startsWith("ey") && value.chars().filter(c -> c == '.').count() == 2;
        }

        @Override
        public String toString() {
            return "***";
        }
    }
}
