package dev.firstpass.server.runtime.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Replica.Residency;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.fake.Calm;
import dev.firstpass.server.runtime.fake.FakeHost;
import dev.firstpass.server.runtime.fake.FakeSession;
import dev.firstpass.server.runtime.fake.OneGroup;
import dev.firstpass.server.runtime.fake.Rows;
import dev.firstpass.server.runtime.fake.Versions;
import dev.firstpass.server.runtime.graph.SavedGraphs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

final class ModelRuntimeTest {
    private static final ModelVersion VERSION = Versions.of("thing", 1);

    private final Slab slab = new Slab(1 << 20, 1 << 20);
    private final Semaphore runs = new Semaphore(Integer.MAX_VALUE / 2);
    private final FakeHost host = new FakeHost(runs);
    private final ModelRuntime runtime = runtime(host, Duration.ofSeconds(10));

    @AfterEach
    void everythingIsClosed() {
        runs.release(1000);
        runtime.close();
        host.sessions().forEach(session -> {
            assertTrue(session.isClosed());
            assertEquals(0, session.faults());
        });
        slab.close();
    }

    @Test
    void lease_ofManyAtOnce_loadsOnce() throws Exception {
        int callers = 16;
        CountDownLatch ready = new CountDownLatch(callers);
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    ready.countDown();
                    ready.await();
                    runtime.lease(VERSION, Rows.soon(), Priority.INTERACTIVE).close();
                } catch (Exception e) {
                    failures.add(e);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), List.copyOf(failures));
        assertEquals(1, host.sessions().size());
        assertEquals(List.of(VERSION.ref()), runtime.loadedVersions());
    }

    @Test
    void lease_ofANewVersion_isWarmFirst() throws Exception {
        runtime.lease(VERSION, Rows.soon(), Priority.INTERACTIVE).close();
        assertEquals(
                List.of(1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4),
                host.sessions().getFirst().batchSizes(),
                "in every size of batch, once to get warm and three times for the clock");
        assertEquals(
                host.sessions().getFirst().batchSizes().size(),
                host.sessions().getFirst().runsToWarmUp(),
                "and it knows");
    }

    @Test
    void lease_loadingTakesTooLong_isNotReadyYet() {
        runs.drainPermits();
        Deadline soon = Deadline.after(Duration.ofMillis(30), System::nanoTime);
        assertEquals(Reason.MODEL_NOT_READY, reason(runtime, soon));
        assertFalse(runtime.isSettled(VERSION));
    }

    @Test
    void residencies_sayWhatIsLoadingLoadedAndFailed() throws Exception {
        assertEquals(Map.of(), runtime.residencies());
        runs.drainPermits();
        assertEquals(Reason.MODEL_NOT_READY, reason(runtime, Deadline.after(Duration.ofMillis(30), System::nanoTime)));
        assertEquals(Map.of(VERSION.ref(), Residency.LOADING), runtime.residencies());
        runs.release(1000);
        runtime.lease(VERSION, Rows.soon(), Priority.INTERACTIVE).close();
        assertEquals(Map.of(VERSION.ref(), Residency.SERVING), runtime.residencies());
        runtime.retire(VERSION.ref()).get(20, TimeUnit.SECONDS);
        assertEquals(Map.of(), runtime.residencies());

        try (ModelRuntime broken = runtime(new BrokenHost(new Semaphore(1)), Duration.ofSeconds(10))) {
            assertEquals(Reason.MODEL_NOT_READY, reason(broken, Rows.soon()));
            assertEquals(Map.of(VERSION.ref(), Residency.FAILED), broken.residencies());
        }
    }

    @Test
    void retire_thenLease_loadsAnew() throws Exception {
        ServableLease held = runtime.lease(VERSION, Rows.soon(), Priority.INTERACTIVE);
        var closed = runtime.retire(VERSION.ref());
        try (ServableLease fresh = runtime.lease(VERSION, Rows.soon(), Priority.INTERACTIVE)) {
            assertEquals(VERSION, fresh.version());
            assertFalse(host.sessions().getFirst().isClosed(), "somebody still holds the first");
        }
        held.close();
        closed.get(20, TimeUnit.SECONDS);
        assertTrue(host.sessions().getFirst().isClosed());
        assertEquals(2, host.sessions().size());
    }

    @Test
    void withdraw_whileItIsHeld_refusesAndUnloadsWhenItIsGivenBack() throws Exception {
        ServableLease held = runtime.lease(VERSION, Rows.soon(), Priority.INTERACTIVE);
        var unloaded = runtime.withdraw(VERSION.ref());

        assertEquals(Reason.VERSION_NOT_FOUND, reason(runtime, Rows.soon()));
        runtime.preload(VERSION);
        assertFalse(unloaded.isDone());
        held.close();
        unloaded.get(20, TimeUnit.SECONDS);
        assertEquals(List.of(), runtime.loadedVersions());
        assertEquals(1, host.sessions().size());

        runtime.readmit(VERSION.ref());
        runtime.lease(VERSION, Rows.soon(), Priority.INTERACTIVE).close();
        assertEquals(2, host.sessions().size());
    }

    /// Whoever chose the version just before does not bring it back.
    @RepeatedTest(20)
    void withdraw_amongLeases_leavesNothingLoaded() throws Exception {
        CountDownLatch began = new CountDownLatch(4);
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        runtime.lease(VERSION, Rows.soon(), Priority.INTERACTIVE)
                                .close();
                        began.countDown();
                    }
                } catch (FailureException e) {
                    if (e.failure().reason() != Reason.VERSION_NOT_FOUND) {
                        failures.add(e);
                    }
                } catch (Exception e) {
                    failures.add(e);
                }
            }));
        }
        began.await();
        var unloaded = runtime.withdraw(VERSION.ref());
        for (Thread thread : threads) {
            thread.join();
        }
        unloaded.get(20, TimeUnit.SECONDS);
        assertEquals(List.of(), List.copyOf(failures));
        assertEquals(List.of(), runtime.loadedVersions());
    }

    @Test
    void lease_afterClose_isRefused() {
        runtime.close();
        assertEquals(Reason.DRAINING, reason(runtime, Rows.soon()));
    }

    @Test
    void lease_ofWhatCannotBeLoaded_isNotReadyAndSettled() {
        try (ModelRuntime broken = runtime(new BrokenHost(new Semaphore(1)), Duration.ofSeconds(10))) {
            assertEquals(Reason.MODEL_NOT_READY, reason(broken, Rows.soon()));
            assertTrue(broken.isSettled(VERSION));
            assertEquals(List.of(), broken.loadedVersions());
        }
    }

    /// Else a server with one broken model would say that it is not ready, again and again.
    @Test
    void isSettled_whileALoadThatFailedIsTriedAgain_staysSo() throws Exception {
        Semaphore opens = new Semaphore(1);
        BrokenHost host = new BrokenHost(opens);
        try (ModelRuntime broken = runtime(host, Duration.ZERO)) {
            assertEquals(Reason.MODEL_NOT_READY, reason(broken, Rows.soon()));
            while (host.opened() < 2) {
                assertEquals(Reason.MODEL_NOT_READY, reason(broken, Deadline.after(Duration.ZERO, System::nanoTime)));
            }
            assertTrue(broken.isSettled(VERSION), "its second load hangs");
            opens.release(1000);
        }
    }

    /// Whether or not a load begins just as the runtime closes: it is refused, or what it loaded is closed.
    @RepeatedTest(50)
    void close_whileLoadsBegin_leavesNothingOpen() throws Exception {
        FakeHost host = new FakeHost(new Semaphore(Integer.MAX_VALUE / 2));
        ModelRuntime closing = runtime(host, Duration.ofSeconds(10));
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        CountDownLatch began = new CountDownLatch(1);
        Thread loads = Thread.ofPlatform().start(() -> {
            try {
                for (int i = 1; i <= 200; i++) {
                    closing.preload(Versions.of("thing", i));
                    began.countDown();
                }
            } catch (Throwable e) {
                failures.add(e);
            }
        });
        began.await();
        closing.close();
        loads.join();
        assertEquals(List.of(), List.copyOf(failures));
        assertTrue(host.sessions().stream().allMatch(FakeSession::isClosed));
        assertEquals(List.of(), closing.loadedVersions());
    }

    @Test
    void run_afterClose_isRefused() {
        runtime.close();
        var refused = runtime.run(() -> {
            throw new IllegalStateException("must not run");
        });
        assertEquals(Reason.DRAINING, Failures.of(refused.exceptionNow()).reason());
    }

    /// Files that are here when they have been brought; who asks for them waits for a permit.
    private static final class FarFiles implements Integrity {
        private final Semaphore arrivals = new Semaphore(0);
        private final Set<ModelVersion> here = ConcurrentHashMap.newKeySet();
        private final Set<String> threads = ConcurrentHashMap.newKeySet();

        @Override
        public boolean isFar(ModelVersion version) {
            return version.number() > 1 && !here.contains(version);
        }

        @Override
        public Optional<String> problem(ModelVersion version) {
            if (isFar(version)) {
                threads.add(Thread.currentThread().getName());
                arrivals.acquireUninterruptibly();
                here.add(version);
            }
            return version.number() == 3 ? Optional.of("it is another file") : Optional.empty();
        }
    }

    @Test
    void lease_whileOthersAreFetched_doesNotWaitForThem() throws Exception {
        FarFiles files = new FarFiles();
        ModelVersion far = Versions.of("thing", 2);
        try (ModelRuntime runtime = runtime(host, Duration.ofSeconds(10), files)) {
            runtime.preload(far);
            runtime.lease(VERSION, Rows.soon(), Priority.INTERACTIVE).close();
            assertFalse(runtime.isSettled(far));
            files.arrivals.release();
            runtime.lease(far, Rows.soon(), Priority.INTERACTIVE).close();
            files.arrivals.release();
            FailureException refused = assertThrows(
                    FailureException.class,
                    () -> runtime.lease(Versions.of("thing", 3), Rows.soon(), Priority.INTERACTIVE));
            assertEquals(
                    "thing@3: CORRUPT, it is another file", refused.failure().detail());
        }
        assertFalse(files.threads.contains("lifecycle"), files.threads::toString);
    }

    @Test
    void close_whileVersionsAreFetched_doesNotWaitForThem() {
        FarFiles files = new FarFiles();
        ModelRuntime closing = runtime(host, Duration.ofSeconds(10), files);
        for (int number = 4; number < 14; number++) {
            closing.preload(Versions.of("thing", number));
        }
        closing.close();
        assertEquals(0, host.sessions().size());
        files.arrivals.release(100);
    }

    private ModelRuntime runtime(DeviceHost host, Duration retryAfter) {
        return runtime(host, retryAfter, Integrity.ASSUMED);
    }

    private ModelRuntime runtime(DeviceHost host, Duration retryAfter, Integrity integrity) {
        return new ModelRuntime(
                new ServableLoader(
                        OneGroup.of(host, slab),
                        Placement.on(List.of(host.device())),
                        integrity,
                        SavedGraphs.NONE,
                        16,
                        Calm.supervision(),
                        System::nanoTime),
                new MemoryRules(_ -> 1L << 40, _ -> false, Duration.ofSeconds(1), retryAfter, Duration.ofSeconds(30)),
                ResidencyListener.NONE,
                _ -> {});
    }

    private static Reason reason(ModelRuntime runtime, Deadline deadline) {
        return assertThrows(FailureException.class, () -> runtime.lease(VERSION, deadline, Priority.INTERACTIVE))
                .failure()
                .reason();
    }

    /// Opens nothing. Each try takes a permit first.
    private static final class BrokenHost implements DeviceHost {
        private final Semaphore opens;
        private final AtomicInteger opened = new AtomicInteger();

        BrokenHost(Semaphore opens) {
            this.opens = opens;
        }

        /// How often it was asked to.
        int opened() {
            return opened.get();
        }

        @Override
        public String device() {
            return "broken";
        }

        @Override
        public EngineSession open(EngineKind engine, Path file) {
            opened.incrementAndGet();
            opens.acquireUninterruptibly();
            throw new EngineException("no such file: " + file);
        }

        @Override
        public int worthwhileBatch() {
            return 1;
        }

        @Override
        public void close() {}
    }
}
