package dev.firstpass.server.runtime.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.time.Duration;

/// A number in shared memory that threads of several processes wait on. Waiting blocks the thread in the kernel: for
/// platform threads.
///
/// Thread-safe.
public final class Futex {
    private static final long CALL = Kernel.number(SystemCall.FUTEX);
    private static final int WAIT = 0;
    private static final int WAKE = 1;
    private static final VarHandle VALUE = ValueLayout.JAVA_INT.varHandle();

    private final MemorySegment word;
    private final MemorySegment timeout;
    private final MemorySegment state = Kernel.newState(Arena.ofAuto());

    /// @param word four bytes, aligned to four
    /// @param longest that one wait takes
    public Futex(MemorySegment word, Duration longest) {
        this.word = word;
        this.timeout = Arena.ofAuto().allocate(ValueLayout.JAVA_LONG, 2);
        timeout.setAtIndex(ValueLayout.JAVA_LONG, 0, longest.toSeconds());
        timeout.setAtIndex(ValueLayout.JAVA_LONG, 1, longest.toNanosPart());
    }

    public int get() {
        return (int) VALUE.getVolatile(word, 0L);
    }

    /// Changes the number and wakes all that wait for it to change.
    public void set(int value) {
        VALUE.setVolatile(word, 0L, value);
        call(WAKE, Integer.MAX_VALUE, 0);
    }

    /// Returns once the number is not, or no longer, `seen`; or after the longest time; or for no reason at all.
    public void awaitChangeFrom(int seen) {
        call(WAIT, seen, timeout.address());
    }

    private void call(int operation, int value, long timeoutAddress) {
        try {
            // That it is interrupted or that the number is another already is looked at by who waits.
            long _ = Kernel.invoke(state, CALL, word, operation, value, timeoutAddress, 0, 0);
        } finally {
            Reference.reachabilityFence(timeout);
        }
    }
}
