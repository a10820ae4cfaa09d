package dev.firstpass.server.runtime.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.batch.DeadlineBatcher;
import dev.firstpass.server.runtime.batch.Lane;
import dev.firstpass.server.runtime.batch.WarmUpTimes;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.fake.Calm;
import dev.firstpass.server.runtime.fake.FakeDecodingHost;
import dev.firstpass.server.runtime.fake.FakeSession;
import dev.firstpass.server.runtime.fake.Rows;
import dev.firstpass.server.runtime.fake.Versions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

final class ServableTest {
    private static final Preparation NOTHING_LEARNED = new Preparation(0, 0, new WarmUpTimes(List.of()));

    private final FakeSession session = new FakeSession();
    private final Slab slab = new Slab(1 << 20, 1 << 20);
    private final FakeDecodingHost decoding = new FakeDecodingHost(slab);
    private final Servable servable = new Servable(
            Versions.of("coco", 1),
            Map.of(
                    "main",
                    new Servable.LoadedStage(
                            new DeadlineBatcher(
                                    List.of(new Lane(session, "infer-coco-v1-test", 4, WarmUpTimes.NONE)),
                                    true,
                                    Calm.policy(64),
                                    slab.results(),
                                    Calm.supervision(),
                                    Calm.crashes(),
                                    System::nanoTime),
                            List.of(session),
                            Map.of("cpu", NOTHING_LEARNED),
                            Map.of("cpu", new RunSetup(1, 1, 4)))),
            decoding,
            slab.rows(),
            Runnable::run,
            () -> {});

    @Test
    void lease_afterRetire_isRefused() {
        CompletableFuture<Void> closed = servable.retire();
        assertTrue(closed.isDone());
        assertTrue(servable.lease().isEmpty());
        assertTrue(session.isClosed());
    }

    @Test
    void retire_whileLeased_closesWithTheLastLease() {
        ServableLease first = servable.lease().orElseThrow();
        ServableLease second = servable.lease().orElseThrow();
        CompletableFuture<Void> closed = servable.retire();
        first.close();
        first.close();
        assertFalse(closed.isDone(), "a lease closed twice counts once");
        assertFalse(session.isClosed());
        second.close();
        assertTrue(closed.isDone());
        assertTrue(session.isClosed());
    }

    @Test
    void infer_afterClose_isRefused() {
        ServableLease lease = servable.lease().orElseThrow();
        lease.close();
        assertThrows(IllegalStateException.class, () -> lease.infer("main", List.of(Rows.item(slab, 1))));
        var _ = servable.retire();
    }

    /// The rest of the rows are of no use then, and running them would be work for nobody.
    @Test
    void infer_oneRowRefused_failsWithoutWaitingForTheOthers() throws Exception {
        Semaphore runs = new Semaphore(0);
        FakeSession busy = new FakeSession(runs);
        DeadlineBatcher batcher = new DeadlineBatcher(
                List.of(new Lane(busy, "infer-busy", 1, WarmUpTimes.NONE)),
                true,
                Calm.policy(1),
                slab.results(),
                Calm.supervision(),
                Calm.crashes(),
                System::nanoTime);
        Servable full = new Servable(
                Versions.of("busy", 1),
                Map.of(
                        "main",
                        new Servable.LoadedStage(
                                batcher,
                                List.of(busy),
                                Map.of("cpu", NOTHING_LEARNED),
                                Map.of("cpu", new RunSetup(1, 1, 4)))),
                decoding,
                slab.rows(),
                Runnable::run,
                () -> {});
        try (ServableLease lease = full.lease().orElseThrow()) {
            FailureException thrown = assertThrows(
                    FailureException.class,
                    () -> lease.infer("main", List.of(Rows.item(slab, 1), Rows.item(slab, 2), Rows.item(slab, 3))));
            assertEquals(Reason.OVERLOADED, thrown.failure().reason());
        }
        runs.release(10);
        full.retire().get(20, TimeUnit.SECONDS);
        assertEquals(0, slab.rows().lentBytes(), "every row came back");
        assertEquals(0, slab.results().lentBytes(), "every result came back");
        var _ = servable.retire();
    }

    /// The classic fault: a version under load that never drains, because leases keep coming; or one that closes
    /// under a lease. Many threads lease and infer while one retires.
    @RepeatedTest(20)
    void retire_underLoad_drainsAndNobodySeesAClosedSession() throws Exception {
        int threads = 8;
        AtomicBoolean refused = new AtomicBoolean();
        AtomicInteger answered = new AtomicInteger();
        List<Throwable> failures = new ArrayList<>();
        CountDownLatch warm = new CountDownLatch(threads);
        List<Thread> workers = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            float value = t;
            workers.add(Thread.ofVirtual().start(() -> {
                try {
                    boolean counted = false;
                    while (true) {
                        Optional<ServableLease> lease = servable.lease();
                        if (lease.isEmpty()) {
                            refused.set(true);
                            return;
                        }
                        try (ServableLease held = lease.get()) {
                            for (var outputs : held.infer("main", List.of(Rows.item(slab, value)))) {
                                float doubled =
                                        outputs.raw().tensors().getFirst().f32(0);
                                outputs.raw().close();
                                assertEquals(2 * value, doubled);
                                answered.incrementAndGet();
                            }
                        }
                        if (!counted) {
                            counted = true;
                            warm.countDown();
                        }
                    }
                } catch (Throwable e) {
                    synchronized (failures) {
                        failures.add(e);
                    }
                    warm.countDown();
                }
            }));
        }
        assertTrue(warm.await(20, TimeUnit.SECONDS));
        servable.retire().get(20, TimeUnit.SECONDS);
        for (Thread worker : workers) {
            worker.join();
        }
        assertEquals(List.of(), failures);
        assertTrue(answered.get() >= threads);
        assertTrue(refused.get());
        assertTrue(session.isClosed());
        assertEquals(0, session.faults());
        assertEquals(0, servable.leases());
        assertEquals(0, slab.rows().lentBytes(), "every row came back");
        assertEquals(0, slab.results().lentBytes(), "every result came back");
    }
}
