package dev.firstpass.server.runtime.device.worker;

/// A worker cannot be walled in here, and must be. The message is for operators.
public final class NotWalledException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotWalledException(WallState walls) {
        super("a worker process is " + walls.summary());
    }
}
