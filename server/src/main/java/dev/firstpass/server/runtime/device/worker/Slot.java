package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.linux.Futex;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// A place in shared memory where two processes talk in turn: one message at a time, and a number that changes with
/// each. Who waits sleeps in the kernel; nobody spins, which wins only where a core has nothing to do.
///
/// For one thread at a time, on each side, unless it says otherwise.
final class Slot {
    static final int BYTES = 8 << 10;
    private static final int ASKED_AT = 32;
    private static final int LENGTH_AT = 64;
    private static final int MESSAGE_AT = 72;

    /// Longest message.
    static final int CAPACITY = BYTES - MESSAGE_AT;

    /// The other side may have ended without a word; so often is that looked at, although it is told as well.
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

    private static final int INTERRUPTED = -1;
    private static final VarHandle ASKED = ValueLayout.JAVA_INT.varHandle();

    private final MemorySegment memory;
    private final Futex turn;
    /// The number as this side knows it.
    private int known;

    /// @param memory of [#BYTES], zeroed
    Slot(MemorySegment memory) {
        this.memory = memory;
        this.turn = new Futex(memory.asSlice(0, Integer.BYTES), LONGEST_WAIT);
    }

    /// The number of the last message of either side: that of a run's order names the run.
    int number() {
        return known;
    }

    /// Asks the other side to end a run soon. For any thread.
    void askToEnd(int run) {
        ASKED.setVolatile(memory, (long) ASKED_AT, run);
    }

    /// Whether the other side has asked for that. For any thread.
    boolean isAskedToEnd(int run) {
        return (int) ASKED.getVolatile(memory, (long) ASKED_AT) == run;
    }

    /// Begins anew, while nobody is at the other side.
    void reset() {
        known = 0;
        askToEnd(0);
        turn.set(0);
    }

    void send(byte[] message) {
        if (message.length > CAPACITY) {
            throw new IllegalArgumentException("message: " + message.length + " bytes (expected: <= " + CAPACITY + ")");
        }
        memory.set(ValueLayout.JAVA_INT, LENGTH_AT, message.length);
        MemorySegment.copy(message, 0, memory, ValueLayout.JAVA_BYTE, MESSAGE_AT, message.length);
        known++;
        turn.set(known);
    }

    /// Waits for the other side's next message, and copies it before anything is read of it.
    ///
    /// @param isOver whether the other side is gone
    /// @return empty if it is
    /// @throws ProtocolException if its length is none
    Optional<byte[]> receive(BooleanSupplier isOver) {
        int now = turn.get();
        while (now == known && !isOver.getAsBoolean()) {
            turn.awaitChangeFrom(known);
            now = turn.get();
        }
        known = now;
        if (isOver.getAsBoolean()) {
            return Optional.empty();
        }
        int length = memory.get(ValueLayout.JAVA_INT, LENGTH_AT);
        if (length < 0 || length > CAPACITY) {
            throw new ProtocolException("a message of " + length + " bytes");
        }
        byte[] message = new byte[length];
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, MESSAGE_AT, message, 0, length);
        return Optional.of(message);
    }

    /// Wakes this side's waiter, for it to see that the other is gone.
    void interrupt() {
        turn.set(INTERRUPTED);
    }
}
