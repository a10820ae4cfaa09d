package dev.firstpass.server.runtime.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.family.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.RowPlan;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.fake.FakeHost;
import dev.firstpass.server.runtime.fake.Rows;
import dev.firstpass.server.runtime.fake.Versions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ModelRuntimeTest {
    private static final ModelVersion VERSION = Versions.of("thing", 1);

    private final Slab slab = new Slab(1 << 20, 1 << 20);
    private final Semaphore runs = new Semaphore(Integer.MAX_VALUE / 2);
    private final FakeHost host = new FakeHost(slab, runs);
    private final ModelRuntime runtime = new ModelRuntime(new ServableLoader(host, slab, 16, System::nanoTime));

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
                    runtime.lease(VERSION, Rows.soon()).close();
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
        runtime.lease(VERSION, Rows.soon()).close();
        assertEquals(
                List.of(1, 2), host.sessions().getFirst().batchSizes(), "alone and in a batch, before anybody asked");
    }

    @Test
    void lease_loadingTakesTooLong_isNotReadyYet() {
        runs.drainPermits();
        Deadline soon = Deadline.after(Duration.ofMillis(30), System::nanoTime);
        assertEquals(Reason.MODEL_NOT_READY, reason(runtime, soon));
        assertFalse(runtime.isSettled(VERSION));
    }

    @Test
    void retire_thenLease_loadsAnew() throws Exception {
        ServableLease held = runtime.lease(VERSION, Rows.soon());
        var closed = runtime.retire(VERSION.ref());
        try (ServableLease fresh = runtime.lease(VERSION, Rows.soon())) {
            assertEquals(VERSION, fresh.version());
            assertFalse(host.sessions().getFirst().isClosed(), "somebody still holds the first");
        }
        held.close();
        closed.get(20, TimeUnit.SECONDS);
        assertTrue(host.sessions().getFirst().isClosed());
        assertEquals(2, host.sessions().size());
    }

    @Test
    void lease_afterClose_isRefused() {
        runtime.close();
        assertEquals(Reason.DRAINING, reason(runtime, Rows.soon()));
    }

    @Test
    void lease_ofWhatCannotBeLoaded_isNotReadyAndSettled() {
        try (ModelRuntime broken = new ModelRuntime(new ServableLoader(new BrokenHost(), slab, 16, System::nanoTime))) {
            assertEquals(Reason.MODEL_NOT_READY, reason(broken, Rows.soon()));
            assertTrue(broken.isSettled(VERSION));
            assertEquals(List.of(), broken.loadedVersions());
        }
    }

    private static Reason reason(ModelRuntime runtime, Deadline deadline) {
        return assertThrows(FailureException.class, () -> runtime.lease(VERSION, deadline))
                .failure()
                .reason();
    }

    /// Opens nothing.
    private static final class BrokenHost implements DeviceHost {
        @Override
        public String device() {
            return "broken";
        }

        @Override
        public EngineSession open(EngineKind engine, Path file) {
            throw new EngineException("no such file: " + file);
        }

        @Override
        public void warmUp() {}

        @Override
        public RowPlan plan(byte[] bytes, InputSpec input, List<RowSource> sources, Deadline deadline) {
            throw new IllegalStateException("not asked for");
        }

        @Override
        public int worthwhileBatch() {
            return 1;
        }

        @Override
        public void close() {}
    }
}
