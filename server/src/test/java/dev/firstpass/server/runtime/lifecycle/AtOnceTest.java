package dev.firstpass.server.runtime.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Several things at a time.
final class AtOnceTest {
    @Test
    void run_ofThingsThatWaitForEachOther_ends() {
        CyclicBarrier all = new CyclicBarrier(4);
        AtOnce.run(Collections.nCopies(4, () -> await(all)));
        assertEquals(0, all.getNumberWaiting());
    }

    @Test
    void run_whereOneFails_doesTheOthers_andThrowsWhatItThrew() {
        AtomicInteger done = new AtomicInteger();
        IllegalArgumentException failure = new IllegalArgumentException("no");
        List<Runnable> all = List.of(
                done::incrementAndGet,
                () -> {
                    throw failure;
                },
                done::incrementAndGet);
        assertSame(failure, assertThrows(IllegalArgumentException.class, () -> AtOnce.run(all)));
        assertEquals(2, done.get());
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }
}
