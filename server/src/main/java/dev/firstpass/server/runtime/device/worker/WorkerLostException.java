package dev.firstpass.server.runtime.device.worker;

/// A worker process has ended. Stays within this package: others see the reason WORKER_LOST.
final class WorkerLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WorkerLostException(String message) {
        super(message);
    }

    WorkerLostException(String message, Throwable cause) {
        super(message, cause);
    }
}
