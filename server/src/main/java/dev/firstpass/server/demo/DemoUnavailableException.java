package dev.firstpass.server.demo;

/// A demo model cannot be had. The message is one line that names what is missing or wrong and what was expected.
public final class DemoUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DemoUnavailableException(String message) {
        super(message);
    }

    DemoUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
