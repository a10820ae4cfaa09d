package dev.firstpass.server.upload;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/// The bytes that all uploads together may hold.
///
/// Thread-safe; does not block.
final class Room {
    private static final Duration WAIT = Duration.ofSeconds(30);

    private final long most;
    private final AtomicLong taken = new AtomicLong();

    Room(long most) {
        this.most = most;
    }

    /// @throws dev.firstpass.server.failure.FailureException QUOTA_EXCEEDED; nothing is taken then
    void take(long bytes) {
        if (taken.addAndGet(bytes) > most) {
            taken.addAndGet(-bytes);
            throw new Failure(
                            Reason.QUOTA_EXCEEDED,
                            "uploads hold too much (expected: at most " + most + " bytes together)",
                            Optional.empty(),
                            Optional.of(WAIT))
                    .asException();
        }
    }

    void giveBack(long bytes) {
        taken.addAndGet(-bytes);
    }

    long taken() {
        return taken.get();
    }
}
