package dev.firstpass.server.failure;

/// Carries a [Failure] up the walk. Everything else that is thrown there is mapped by [Failures].
public final class FailureException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Failure failure;

    public FailureException(Failure failure) {
        super(failure.reason() + ": " + failure.detail());
        this.failure = failure;
    }

    public FailureException(Failure failure, Throwable cause) {
        super(failure.reason() + ": " + failure.detail(), cause);
        this.failure = failure;
    }

    public Failure failure() {
        return failure;
    }
}
