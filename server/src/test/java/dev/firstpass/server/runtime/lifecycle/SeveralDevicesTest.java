package dev.firstpass.server.runtime.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.DeviceMemory;
import dev.firstpass.server.runtime.device.IsolationGroup;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.Device.CudaMemory;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.SavedGraph;
import dev.firstpass.server.runtime.fake.Calm;
import dev.firstpass.server.runtime.fake.FakeDecodingHost;
import dev.firstpass.server.runtime.fake.FakeHost;
import dev.firstpass.server.runtime.fake.Rows;
import dev.firstpass.server.runtime.fake.Versions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A runtime with two GPUs, each of which has room for two versions, and a CPU.
final class SeveralDevicesTest {
    /// What a version without files is taken to hold.
    private static final long EACH = 32 << 20;

    private static final long ROOM_FOR_TWO = 2 * EACH + (16 << 20);
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final ModelVersion BOTH = Versions.of("both", 1);
    private static final ModelVersion FIRST = Versions.of("first", 2);
    private static final ModelVersion ALSO_FIRST = Versions.of("also-first", 3);
    private static final ModelVersion SECOND = Versions.of("second", 4);
    private static final ModelVersion ON_CPU = Versions.of("on-cpu", 5);
    private static final Placement PLACEMENT = Placement.of(
            List.of(new Device.Cuda(0, CudaMemory.UNLIMITED), new Device.Cuda(1, CudaMemory.UNLIMITED), Device.cpu()),
            Map.of(
                    new ModelName("first"),
                    List.of("cuda:0"),
                    new ModelName("also-first"),
                    List.of("cuda:0"),
                    new ModelName("second"),
                    List.of("cuda:1"),
                    new ModelName("on-cpu"),
                    List.of("cpu")));

    private final Slab slab = new Slab(1 << 20, 1 << 20);
    private final Host gpu0 = new Host("cuda:0");
    private final Host gpu1 = new Host("cuda:1");
    private final Host cpu = new Host("cpu");

    /// What models hold of each GPU's own memory.
    private final AtomicLong gpuBytes = new AtomicLong();

    private final Set<String> evicted = ConcurrentHashMap.newKeySet();
    private final ConcurrentLinkedQueue<String> graphs = new ConcurrentLinkedQueue<>();
    private final ModelRuntime runtime = new ModelRuntime(
            new ServableLoader(
                    new IsolationGroups(
                            new Grouping.OneForAll(),
                            new GpuMemory(),
                            name -> new IsolationGroup(
                                    name, slab, new FakeDecodingHost(slab), List.of(gpu0, gpu1, cpu))),
                    PLACEMENT,
                    Integrity.ASSUMED,
                    (version, _) -> {
                        graphs.add(version.name().value());
                        return SavedGraph.NONE;
                    },
                    16,
                    Calm.supervision(),
                    System::nanoTime),
            new MemoryRules(_ -> ROOM_FOR_TWO, _ -> false, LONG, LONG, LONG),
            new Evictions(),
            _ -> {});

    @AfterEach
    void everythingIsClosed() {
        runtime.close();
        for (Host host : List.of(gpu0, gpu1, cpu)) {
            host.fake.sessions().forEach(session -> {
                assertTrue(session.isClosed());
                assertEquals(0, session.faults());
            });
        }
        assertEquals(0, runtime.residentBytes());
        slab.close();
    }

    @Test
    void lease_ofAVersion_loadsItOnEachOfItsDevices() throws Exception {
        use(BOTH);
        use(SECOND);
        use(ON_CPU);

        assertEquals(1, gpu0.fake.sessions().size());
        assertEquals(2, gpu1.fake.sessions().size());
        assertEquals(1, cpu.fake.sessions().size());
        assertEquals(Map.of("cuda:0", EACH, "cuda:1", EACH), loaded(BOTH).bytes());
        assertEquals(Map.of("cuda:1", EACH), loaded(SECOND).bytes());
        assertEquals(
                Set.of("cuda:0", "cuda:1"),
                loaded(BOTH).stages().getOrDefault("main", Map.of()).keySet());
    }

    /// What engines make of a graph on a GPU is good for that GPU alone.
    @Test
    void graphs_ofVersionsOnGpus_areNotKept() throws Exception {
        use(BOTH);
        use(ON_CPU);

        assertEquals(List.of("on-cpu"), List.copyOf(graphs));
    }

    @Test
    void lease_withoutRoomOnOneDevice_makesRoomThereOnly() throws Exception {
        // Often, so that it is worth more than the other one however long a busy machine took to load either.
        for (int i = 0; i < 50; i++) {
            use(FIRST);
        }
        use(ALSO_FIRST);
        use(SECOND);

        use(BOTH);

        assertEquals(Set.of("also-first"), evicted);
        assertEquals(Set.of(FIRST.ref(), SECOND.ref(), BOTH.ref()), Set.copyOf(runtime.loadedVersions()));
    }

    /// It leaves both of its devices, although only one is short of room.
    @Test
    void lease_thatEvictsAVersionOnTwoDevices_freesBoth() throws Exception {
        use(BOTH);
        use(FIRST);
        use(FIRST);

        use(ALSO_FIRST);

        assertEquals(Set.of("both"), evicted);
        assertEquals(2 * EACH, runtime.residentBytes());
        assertTrue(gpu1.fake.sessions().getFirst().isClosed());
    }

    @Test
    void fitsBeside_oneThatFillsOneDevice_isSaidOfThatDevice() throws Exception {
        gpuBytes.set(ROOM_FOR_TWO - EACH);
        use(FIRST);

        assertFalse(runtime.fitsBeside(BOTH, FIRST.ref()));
        assertTrue(runtime.fitsBeside(SECOND, FIRST.ref()));
    }

    /// Of the host it would be 7.
    @Test
    void loaded_onADeviceWithMemoryOfItsOwn_isMeasuredThere() throws Exception {
        gpuBytes.set(10 << 20);
        gpu0.heldBytes = 7;
        use(BOTH);

        assertEquals(
                Map.of("cuda:0", 10L << 20, "cuda:1", 10L << 20), loaded(BOTH).bytes());
    }

    @Test
    void lease_ofWhatOneDeviceDoesNotLoad_isNotReadyAndLeavesNothingOpen() {
        gpu1.isBroken = true;

        FailureException thrown = assertThrows(FailureException.class, () -> use(BOTH));

        assertEquals(Reason.MODEL_NOT_READY, thrown.failure().reason());
        assertEquals(
                "the model version cannot be loaded on cuda:1", thrown.failure().detail());
        assertEquals(1, gpu0.fake.sessions().size());
        assertTrue(gpu0.fake.sessions().getFirst().isClosed());
        assertEquals(0, runtime.residentBytes());
    }

    private LoadedVersion loaded(ModelVersion version) {
        return runtime.loaded(version.ref()).orElseThrow();
    }

    private void use(ModelVersion version) throws InterruptedException {
        try (ServableLease lease = runtime.lease(version, Rows.soon(), Priority.INTERACTIVE)) {
            lease.infer("main", List.of(Rows.item(slab, 1)))
                    .forEach(outputs -> outputs.raw().close());
        }
    }

    /// A fake that may refuse to open anything, and that says how much models hold.
    private static final class Host implements DeviceHost {
        final FakeHost fake;
        volatile boolean isBroken;
        volatile long heldBytes;

        Host(String device) {
            this.fake = new FakeHost(device, new Semaphore(Integer.MAX_VALUE / 2));
        }

        @Override
        public String device() {
            return fake.device();
        }

        @Override
        public EngineSession open(EngineKind engine, Path file) {
            if (isBroken) {
                throw new EngineException("test");
            }
            return fake.open(engine, file);
        }

        @Override
        public int worthwhileBatch() {
            return fake.worthwhileBatch();
        }

        @Override
        public long reclaim() {
            return fake.sessions().stream()
                            .filter(session -> !session.isClosed())
                            .count()
                    * heldBytes;
        }

        @Override
        public void close() {}
    }

    /// A GPU tells of its own memory once a test has said how much a session takes.
    private final class GpuMemory implements DeviceMemory {
        @Override
        public Optional<Usage> of(String device) {
            if (device.equals("cpu") || gpuBytes.get() == 0) {
                return Optional.empty();
            }
            Host host = device.equals("cuda:0") ? gpu0 : gpu1;
            long open = host.fake.sessions().stream()
                    .filter(session -> !session.isClosed())
                    .count();
            return Optional.of(new Usage(1 << 30, open * gpuBytes.get()));
        }
    }

    private final class Evictions implements ResidencyListener {
        @Override
        public void opened(Map<String, Long> budgets) {
            assertEquals(Map.of("cuda:0", ROOM_FOR_TWO, "cuda:1", ROOM_FOR_TWO, "cpu", ROOM_FOR_TWO), budgets);
        }

        @Override
        public void loaded(ModelRef.Numbered ref, Map<String, Long> bytes, long nanos) {}

        @Override
        public void failed(ModelRef.Numbered ref) {}

        @Override
        public void unloaded(ModelRef.Numbered ref, Map<String, Long> bytes, boolean wasEvicted) {
            if (wasEvicted) {
                evicted.add(ref.name().value());
            }
        }
    }
}
