package dev.firstpass.server.tls;

/// A file is not what it is to be. The message says what was expected of it, for the person who set it up.
public final class TlsException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Which which;

    /// The file that it is about.
    public enum Which {
        CERTIFICATE,
        KEY,
        AUTHORITIES
    }

    TlsException(Which which, String expected) {
        super(expected);
        this.which = which;
    }

    public Which which() {
        return which;
    }
}
