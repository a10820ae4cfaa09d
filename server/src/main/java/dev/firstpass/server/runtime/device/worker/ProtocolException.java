package dev.firstpass.server.runtime.device.worker;

/// The other process said what it may not say. A worker that does is ended.
final class ProtocolException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ProtocolException(String message) {
        super(message);
    }

    ProtocolException(String message, Throwable cause) {
        super(message, cause);
    }
}
