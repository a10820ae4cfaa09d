package dev.firstpass.server.runtime.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.fake.Calm;
import dev.firstpass.server.runtime.fake.FakeHost;
import dev.firstpass.server.runtime.fake.OneGroup;
import dev.firstpass.server.runtime.fake.Rows;
import dev.firstpass.server.runtime.fake.Versions;
import dev.firstpass.server.runtime.graph.SavedGraphs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A runtime with room for two versions.
final class ModelRuntimeMemoryTest {
    /// What a version without files is taken to hold.
    private static final long EACH = 32 << 20;

    /// And what loading one takes besides.
    private static final long ROOM_FOR_TWO = 2 * EACH + (16 << 20);

    private static final Duration LONG = Duration.ofMinutes(1);
    private static final ModelVersion A = Versions.of("a", 1);
    private static final ModelVersion B = Versions.of("b", 2);
    private static final ModelVersion C = Versions.of("c", 3);

    private final Slab slab = new Slab(1 << 20, 1 << 20);
    private final FakeHost host = new FakeHost(new Semaphore(Integer.MAX_VALUE / 2));
    private final Events events = new Events();
    private ModelRuntime runtime = runtime(ROOM_FOR_TWO, _ -> false, LONG);

    @AfterEach
    void everythingIsClosed() {
        runtime.close();
        host.sessions().forEach(session -> {
            assertTrue(session.isClosed());
            assertEquals(0, session.faults());
        });
        assertEquals(0, runtime.residentBytes());
        slab.close();
    }

    @Test
    void room_forATrial_isMadeByTheOneMissedLeast_andGivenBack() throws Exception {
        use(A, 3);
        use(B, 1);
        try (Room room = runtime.room(C, Rows.soon())) {
            assertEquals(List.of(B.ref()), List.copyOf(events.evicted));
            assertEquals(ROOM_FOR_TWO, runtime.residentBytes());
            assertEquals(ROOM_FOR_TWO - EACH, room.most());
            room.holds(ROOM_FOR_TWO);
            assertEquals(ROOM_FOR_TWO, runtime.residentBytes(), "no more than there is");
            runtime.retire(A.ref()).join();
            room.holds(ROOM_FOR_TWO - 1);
            assertEquals(ROOM_FOR_TWO - 1, runtime.residentBytes(), "others see what it was found to hold");
        }
        assertEquals(0, runtime.residentBytes());
        assertEquals(2, events.loaded.get(), "a trial is no load");
    }

    @Test
    void room_whileAllAreInUse_isNotHad() throws Exception {
        try (ServableLease _ = lease(A);
                ServableLease _ = lease(B)) {
            FailureException refused = assertThrows(
                    FailureException.class,
                    () -> runtime.room(C, Deadline.after(Duration.ofMillis(50), System::nanoTime)));
            assertEquals(Reason.OVERLOADED, refused.failure().reason());
        }
        runtime.room(C, Rows.soon()).close();
    }

    @Test
    void room_forWhatNeverFits_isRefusedAtOnce() {
        runtime.close();
        runtime = runtime(EACH, _ -> false, LONG);
        FailureException refused =
                assertThrows(FailureException.class, () -> runtime.room(C, Deadline.after(LONG, System::nanoTime)));
        assertEquals(Reason.MODEL_NOT_READY, refused.failure().reason());
    }

    @Test
    void lease_withoutRoom_unloadsTheOneMissedLeast() throws Exception {
        use(A, 3);
        use(B, 1);
        use(C, 1);
        assertEquals(Set.of(A.ref(), C.ref()), Set.copyOf(runtime.loadedVersions()));
        assertEquals(List.of(B.ref()), List.copyOf(events.evicted));
        use(B, 1);
        assertEquals(4, events.loaded.get(), "who comes back is loaded anew");
    }

    @Test
    void lease_forBulkWork_heatsNothing() throws Exception {
        use(A, 1);
        for (int i = 0; i < 10; i++) {
            runtime.lease(B, Rows.soon(), Priority.BULK).close();
        }
        use(C, 1);
        assertEquals(Set.of(A.ref(), C.ref()), Set.copyOf(runtime.loadedVersions()));
    }

    @Test
    void lease_whenAllAreInUse_waitsUntilOneIsNot() throws Exception {
        ServableLease a = lease(A);
        ServableLease b = lease(B);
        CountDownLatch served = new CountDownLatch(1);
        Thread asker = Thread.ofVirtual().start(() -> {
            try (ServableLease c = lease(C)) {
                assertEquals(C, c.version());
                served.countDown();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        a.close();
        served.await();
        asker.join();
        assertEquals(List.of(A.ref()), List.copyOf(events.evicted));
        b.close();
    }

    @Test
    void lease_whenAllStayInUse_isOverloadedAtItsDeadline() throws Exception {
        Thread patient;
        try (ServableLease _ = lease(A);
                ServableLease _ = lease(B)) {
            patient = waitForRoom(C);
            Deadline passed = Deadline.after(Duration.ZERO, System::nanoTime);
            FailureException thrown =
                    assertThrows(FailureException.class, () -> runtime.lease(C, passed, Priority.INTERACTIVE));
            assertEquals(Reason.OVERLOADED, thrown.failure().reason());
            assertEquals(List.of(), List.copyOf(events.evicted));
        }
        patient.join();
        assertTrue(runtime.loadedVersions().contains(C.ref()));
    }

    /// Else two versions that always somebody uses would keep a third away for ever.
    @Test
    void lease_whenAllAreUsedByTurns_isServedAfterAWhile() throws Exception {
        runtime.close();
        runtime = runtime(ROOM_FOR_TWO, _ -> false, Duration.ofMillis(20));
        AtomicBoolean stop = new AtomicBoolean();
        CountDownLatch begun = new CountDownLatch(2);
        List<Thread> users = List.of(A, B).stream()
                .map(version -> Thread.ofVirtual().start(() -> useWithoutPause(version, begun, stop)))
                .toList();
        begun.await();
        lease(C).close();
        stop.set(true);
        for (Thread user : users) {
            user.join();
        }
        assertEquals(1, events.evicted.size(), "one made room");
    }

    @Test
    void lease_ofMoreThanModelsMayHold_isNotReady() {
        runtime.close();
        runtime = runtime(EACH - 1, _ -> false, LONG);
        FailureException thrown = assertThrows(FailureException.class, () -> lease(A));
        assertEquals(Reason.MODEL_NOT_READY, thrown.failure().reason());
        assertTrue(runtime.isSettled(A));
    }

    @Test
    void pinned_always_stays() throws Exception {
        runtime.close();
        runtime = runtime(ROOM_FOR_TWO, A.ref()::equals, LONG);
        use(A, 1);
        use(B, 5);
        use(C, 1);
        assertEquals(Set.of(A.ref(), C.ref()), Set.copyOf(runtime.loadedVersions()));
        assertFalse(runtime.fitsBeside(B, C.ref()));
        assertTrue(runtime.fitsBeside(B, A.ref()));
    }

    @Test
    void preload_withoutRoom_pushesNobodyOutAndIsSettled() throws Exception {
        use(A, 1);
        use(B, 1);
        runtime.preload(C);
        while (!runtime.isSettled(C)) {
            Thread.onSpinWait();
        }
        assertEquals(Set.of(A.ref(), B.ref()), Set.copyOf(runtime.loadedVersions()));
        use(C, 1);
    }

    /// Random demand of many threads for six versions where there is room for two: all are served, and never are more
    /// loaded than there is room for.
    @Test
    void lease_atRandomByMany_isServedWithinTheBudget() throws Exception {
        List<ModelVersion> versions = new ArrayList<>();
        for (int i = 1; i <= 6; i++) {
            versions.add(Versions.of("m" + i, i));
        }
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            Random random = new Random(t);
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    for (int i = 0; i < 100; i++) {
                        try (ServableLease lease = lease(versions.get(random.nextInt(versions.size())))) {
                            lease.infer("main", List.of(Rows.item(slab, i)))
                                    .forEach(outputs -> outputs.raw().close());
                        }
                    }
                } catch (Throwable e) {
                    failures.add(e);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), List.copyOf(failures));
        assertTrue(events.most.get() <= 2, () -> events.most + " loaded at a time");
        assertTrue(events.evicted.size() > 4, "they took turns");
    }

    /// Always has a lease, until it is told to stop or is refused the next one.
    private void useWithoutPause(ModelVersion version, CountDownLatch begun, AtomicBoolean stop) {
        try {
            Optional<ServableLease> held = Optional.of(lease(version));
            begun.countDown();
            while (held.isPresent()) {
                Thread.sleep(1);
                Optional<ServableLease> next = stop.get() ? Optional.empty() : runtime.leaseIfLoaded(version.ref());
                held.get().close();
                held = next;
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// Has a thread ask for a version that there is no room for, and returns once it is known to wait for that: the
    /// lifecycle thread looks at the deadlines of nobody else.
    private Thread waitForRoom(ModelVersion version) throws InterruptedException {
        CountDownLatch looked = new CountDownLatch(1);
        Deadline deadline = Deadline.after(LONG, () -> {
            if (Thread.currentThread().getName().equals("lifecycle")) {
                looked.countDown();
            }
            return System.nanoTime();
        });
        Thread asker = Thread.ofVirtual().start(() -> {
            try {
                runtime.lease(version, deadline, Priority.INTERACTIVE).close();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        looked.await();
        runtime.run(() -> {}).join();
        return asker;
    }

    private void use(ModelVersion version, int times) throws InterruptedException {
        for (int i = 0; i < times; i++) {
            lease(version).close();
        }
    }

    private ServableLease lease(ModelVersion version) throws InterruptedException {
        return runtime.lease(version, Rows.soon(), Priority.INTERACTIVE);
    }

    private ModelRuntime runtime(long budget, Predicate<ModelRef.Numbered> isPinned, Duration patience) {
        return new ModelRuntime(
                new ServableLoader(
                        OneGroup.of(host, slab),
                        Placement.on(List.of(host.device())),
                        Integrity.ASSUMED,
                        SavedGraphs.NONE,
                        16,
                        Calm.supervision(),
                        System::nanoTime),
                new MemoryRules(_ -> budget, isPinned, patience, LONG, LONG),
                events,
                _ -> {});
    }

    /// What came and went.
    ///
    /// Thread-safe.
    private final class Events implements ResidencyListener {
        final AtomicInteger loaded = new AtomicInteger();
        final AtomicInteger most = new AtomicInteger();
        final ConcurrentLinkedQueue<ModelRef.Numbered> evicted = new ConcurrentLinkedQueue<>();
        private final AtomicInteger now = new AtomicInteger();

        @Override
        public void opened(Map<String, Long> budgets) {}

        @Override
        public void loaded(ModelRef.Numbered ref, Map<String, Long> bytes, long nanos) {
            assertEquals(Map.of(host.device(), EACH), bytes);
            loaded.incrementAndGet();
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
        }

        @Override
        public void failed(ModelRef.Numbered ref) {}

        @Override
        public void unloaded(ModelRef.Numbered ref, Map<String, Long> bytes, boolean wasEvicted) {
            now.decrementAndGet();
            if (wasEvicted) {
                evicted.add(ref);
            }
        }
    }
}
