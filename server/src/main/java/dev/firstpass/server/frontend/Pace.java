package dev.firstpass.server.frontend;

import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// How fast a body that may take long has to come, all in all: who sends a byte now and then would hold its place for ever.
///
/// For one thread at a time.
public final class Pace {
    private final long patienceNanos;
    private final long leastRate;
    private final LongSupplier nanoClock;
    private final long beganNanos;
    private long bytes;

    /// Begins now.
    ///
    /// @param limits `bodyTimeout` more than `leastRate` asks for are allowed
    /// @param nanoClock monotonic, in nanoseconds
    public Pace(Limits limits, LongSupplier nanoClock) {
        this.patienceNanos = limits.bodyTimeout().toNanos();
        this.leastRate = limits.wire().leastRate();
        this.nanoClock = nanoClock;
        this.beganNanos = nanoClock.getAsLong();
    }

    /// So many bytes have come.
    ///
    /// @throws FailureException REQUEST_TIMEOUT if more should have by now
    public void came(int more) {
        bytes += more;
        long allowed = patienceNanos + (long) (bytes / (double) leastRate * TimeUnit.SECONDS.toNanos(1));
        if (nanoClock.getAsLong() - beganNanos > allowed) {
            throw Failure.of(
                            Reason.REQUEST_TIMEOUT,
                            "the body comes too slowly (expected: " + leastRate + " bytes a second at the least)")
                    .asException();
        }
    }
}
