package dev.firstpass.server.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class CpuGateTest {
    private final Deadline patient = Deadline.after(Duration.ofSeconds(50), System::nanoTime);
    private final List<String> served = Collections.synchronizedList(new ArrayList<>());
    private final List<Thread> threads = new ArrayList<>();

    /// Someone who waits, has a turn and goes.
    private Thread come(CpuGate gate, String name, String tenant) throws InterruptedException {
        int before = gate.waiting();
        Thread thread = Thread.startVirtualThread(() -> {
            try (CpuGate.Permit _ = gate.enter(patient, tenant)) {
                served.add(name);
            } catch (InterruptedException e) {
                served.add(name + " was interrupted");
            }
        });
        threads.add(thread);
        while (gate.waiting() == before) {
            Thread.sleep(1);
        }
        return thread;
    }

    private void awaitAll() throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Test
    void tenants_takeTurns_andEachOnesThreadsGoInTheirOrder() throws Exception {
        CpuGate gate = new CpuGate(1);
        try (CpuGate.Permit _ = gate.enter(patient)) {
            for (int index = 0; index < 10; index++) {
                come(gate, "a" + index, "a");
            }
            come(gate, "b0", "b");
            come(gate, "b1", "b");
            come(gate, "c0", "c");
        }
        awaitAll();
        assertEquals(List.of("a0", "b0", "c0", "a1", "b1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"), served);
        assertEquals(0, gate.waiting());
    }

    @Test
    void deadline_thatPasses_endsTheWait_andLeavesThePermitToOthers() throws Exception {
        CpuGate gate = new CpuGate(1);
        Deadline now = Deadline.after(Duration.ZERO, System::nanoTime);
        try (CpuGate.Permit _ = gate.enter(now, "a")) {
            FailureException late = assertThrows(FailureException.class, () -> gate.enter(now, "b"));
            assertEquals(Reason.DEADLINE_EXCEEDED, late.failure().reason());
            assertEquals(0, gate.waiting());
            come(gate, "b", "b");
        }
        awaitAll();
        assertEquals(List.of("b"), served);
    }

    @Test
    void interrupt_endsTheWait_andTheNextIsServed() throws Exception {
        CpuGate gate = new CpuGate(1);
        try (CpuGate.Permit _ = gate.enter(patient)) {
            Thread first = come(gate, "first", "a");
            come(gate, "second", "b");
            first.interrupt();
            first.join();
        }
        awaitAll();
        assertEquals(List.of("first was interrupted", "second"), served);
    }

    /// Threads of several tenants that come, lose patience and are interrupted: never more inside than there are permits, and
    /// all permits are there in the end.
    @Test
    void permits_areNeitherLostNorMultiplied() throws Exception {
        CpuGate gate = new CpuGate(3);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        for (int thread = 0; thread < 40; thread++) {
            Random random = new Random(thread);
            String tenant = "t" + thread % 4;
            threads.add(Thread.startVirtualThread(() -> {
                for (int turn = 0; turn < 50; turn++) {
                    Deadline deadline = random.nextInt(3) == 0
                            ? Deadline.after(Duration.ofNanos(random.nextInt(200_000)), System::nanoTime)
                            : patient;
                    try (CpuGate.Permit _ = gate.enter(deadline, tenant)) {
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        LockSupport.parkNanos(1);
                        inside.decrementAndGet();
                    } catch (FailureException | InterruptedException e) {
                        // Comes again.
                    }
                }
            }));
        }
        Random random = new Random(7);
        for (int interrupt = 0; interrupt < 200; interrupt++) {
            threads.get(random.nextInt(threads.size())).interrupt();
            LockSupport.parkNanos(1);
        }
        awaitAll();
        assertTrue(most.get() <= 3, () -> "inside at once: " + most);
        Deadline now = Deadline.after(Duration.ZERO, System::nanoTime);
        for (int permit = 0; permit < 3; permit++) {
            var _ = gate.enter(now);
        }
        assertThrows(FailureException.class, () -> gate.enter(now));
        assertEquals(0, gate.waiting());
    }

    @Test
    void noPermits_areRefused() {
        assertThrows(IllegalArgumentException.class, () -> new CpuGate(0));
    }
}
