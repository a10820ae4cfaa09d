package dev.firstpass.registry;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class UninterruptedTest {
    /// The thread ends once the interrupt has been taken, so a wait that ended with it would end too early.
    @Test
    void join_ofAnInterruptedCaller_waitsAllTheSameAndKeepsTheInterrupt() {
        Thread caller = Thread.currentThread();
        caller.interrupt();
        Thread awaited = Thread.ofVirtual().start(() -> {
            while (caller.isInterrupted()) {
                Thread.onSpinWait();
            }
        });

        Uninterrupted.join(awaited);

        assertTrue(Thread.interrupted());
        assertFalse(awaited.isAlive());
    }

    @Test
    void join_ofAThreadThatWasNeverStarted_returns() {
        Uninterrupted.join(Thread.ofVirtual().unstarted(() -> {}));
        assertFalse(Thread.interrupted());
    }
}
