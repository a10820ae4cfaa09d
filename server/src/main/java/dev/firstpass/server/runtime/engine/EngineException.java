package dev.firstpass.server.runtime.engine;

/// An engine could not open or run a model. The message may hold what the engine said, paths included: it is for logs
/// and operators, never for callers.
public final class EngineException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public EngineException(String message) {
        super(message);
    }

    public EngineException(String message, Throwable cause) {
        super(message, cause);
    }
}
