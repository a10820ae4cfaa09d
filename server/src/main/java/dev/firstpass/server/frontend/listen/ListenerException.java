package dev.firstpass.server.frontend.listen;

/// A listener could not be started. The message is for the person who starts the server.
public final class ListenerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ListenerException(String message, Throwable cause) {
        super(message, cause);
    }
}
