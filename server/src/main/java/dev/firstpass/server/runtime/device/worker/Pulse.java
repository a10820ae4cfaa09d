package dev.firstpass.server.runtime.device.worker;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.function.LongSupplier;

/// A worker's sign of life: a number in shared memory that the worker changes a few times a second, and that the server
/// looks at. A process that is stopped, or whose Java is, changes it no more.
///
/// Thread-safe.
final class Pulse {
    /// Between two beats.
    static final Duration PERIOD = Duration.ofMillis(250);

    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(10);

    /// Until its first beat a worker loads Java.
    private static final Duration LONGEST_START = Duration.ofSeconds(60);

    /// A server that was stopped itself has not listened meanwhile.
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(1);

    private static final VarHandle BEATS = ValueLayout.JAVA_INT.varHandle();

    private final MemorySegment memory;
    private final LongSupplier nanoClock;
    private int heard;
    private long lookedAtNanos;
    private long silentNanos;

    /// @param memory four bytes, aligned to four
    Pulse(MemorySegment memory, LongSupplier nanoClock) {
        this.memory = memory;
        this.nanoClock = nanoClock;
        this.lookedAtNanos = nanoClock.getAsLong();
    }

    /// The worker lives.
    static void beat(MemorySegment memory) {
        int _ = (int) BEATS.getAndAdd(memory, 0L, 1);
    }

    /// Whether the worker has been silent for too long. Called several times a second.
    synchronized boolean isStill() {
        long now = nanoClock.getAsLong();
        silentNanos += Math.min(now - lookedAtNanos, LONGEST_LOOK.toNanos());
        lookedAtNanos = now;
        int beats = (int) BEATS.getVolatile(memory, 0L);
        if (beats != heard) {
            heard = beats;
            silentNanos = 0;
        }
        return silentNanos >= (heard == 0 ? LONGEST_START : LONGEST_SILENCE).toNanos();
    }
}
