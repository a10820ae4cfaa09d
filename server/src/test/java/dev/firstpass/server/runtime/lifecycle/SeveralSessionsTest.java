package dev.firstpass.server.runtime.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.fake.Calm;
import dev.firstpass.server.runtime.fake.FakeDecodingHost;
import dev.firstpass.server.runtime.fake.FakeHost;
import dev.firstpass.server.runtime.fake.FakeSession;
import dev.firstpass.server.runtime.fake.OneGroup;
import dev.firstpass.server.runtime.fake.Versions;
import dev.firstpass.server.runtime.graph.SavedGraphs;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

/// A model with several sessions on the CPU, and one on every other device.
final class SeveralSessionsTest {
    private static final int SESSIONS = 3;

    @Test
    void load_onTheCpu_opensAsManyAsAreWanted_andTellsSo() throws Exception {
        Semaphore runs = new Semaphore(Integer.MAX_VALUE / 2);
        FakeHost cpu = new FakeHost("cpu", runs);
        FakeHost gpu = new FakeHost("cuda:0", runs);
        ModelVersion version = Versions.of("thing", 1, StageSpec.MAIN, "second");
        try (Slab slab = new Slab(1 << 20, 1 << 20);
                ModelRuntime runtime = new ModelRuntime(
                        new ServableLoader(
                                OneGroup.of(List.of(cpu, gpu), new FakeDecodingHost(slab), slab),
                                Placement.on(List.of("cpu", "cuda:0")).withCpuSessions(SESSIONS),
                                Integrity.ASSUMED,
                                SavedGraphs.NONE,
                                128,
                                Calm.supervision(),
                                System::nanoTime),
                        MemoryRules.of(_ -> 1L << 40, _ -> false),
                        ResidencyListener.NONE,
                        _ -> {})) {
            Deadline deadline = Deadline.after(Duration.ofSeconds(20), System::nanoTime);
            runtime.lease(version, deadline, Priority.INTERACTIVE).close();

            Map<String, RunSetup> setup = Map.of("cpu", new RunSetup(SESSIONS, 1, 4), "cuda:0", new RunSetup(1, 1, 4));
            assertEquals(
                    Map.of(StageSpec.MAIN, setup, "second", setup),
                    runtime.loaded(version.ref()).orElseThrow().setups());
        }
        assertEquals(2 * SESSIONS, cpu.sessions().size());
        assertEquals(2, gpu.sessions().size());
        assertTrue(cpu.sessions().stream().allMatch(FakeSession::isClosed));
        for (FakeSession session : cpu.sessions().subList(1, SESSIONS)) {
            assertEquals(List.of(4), session.batchSizes(), "what needs most memory, once");
            assertEquals(1, session.runsToWarmUp());
        }
        List<Integer> first = cpu.sessions().getFirst().batchSizes();
        assertEquals(List.of(1, 2, 4), first.stream().distinct().toList());
        assertEquals(4, first.getLast(), "beside the others");
    }
}
