package dev.firstpass.server.config;

/// Settings that a server cannot start with. The message is one line for whoever runs the server: which key, what it
/// said, what was expected. It may name files.
public final class SettingsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SettingsException(String message) {
        super(message);
    }

    public SettingsException(String message, Throwable cause) {
        super(message, cause);
    }
}
