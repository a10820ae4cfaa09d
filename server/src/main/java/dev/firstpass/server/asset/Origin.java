package dev.firstpass.server.asset;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// Scheme, host and port of a web server.
///
/// Immutable.
///
/// @param scheme `http` or `https`
/// @param host in lower case; an IPv6 address without brackets
public record Origin(String scheme, String host, int port) {
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|.*:.*");

    /// Of an absolute http or https address without a user's name; empty of anything else.
    public static Optional<Origin> of(URI uri) {
        if (uri.getScheme() == null || uri.getHost() == null || uri.getRawUserInfo() != null) {
            return Optional.empty();
        }
        String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            return Optional.empty();
        }
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
        return Optional.of(new Origin(scheme, bare, port));
    }

    /// What people write: `https://images.example.org`, with a port or without, and nothing after it.
    public static Optional<Origin> parse(String text) {
        try {
            URI uri = new URI(text);
            boolean isBare = (uri.getRawPath() == null || uri.getRawPath().matches("/?"))
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null;
            return isBare ? of(uri) : Optional.empty();
        } catch (URISyntaxException _) {
            return Optional.empty();
        }
    }

    /// Whether it says an address, or this machine, and so means it.
    boolean isLiteral() {
        return host.equals("localhost") || ADDRESS.matcher(host).matches();
    }

    /// Whether it says this machine, by address or as `localhost`.
    public boolean isLoopback() {
        return host.equals("localhost") || host.equals("::1") || host.matches("127(\\.[0-9]{1,3}){3}");
    }

    public boolean isEncrypted() {
        return scheme.equals("https");
    }

    @Override
    public String toString() {
        return scheme + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
