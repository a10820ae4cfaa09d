package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.fake.Rows;
import dev.firstpass.server.runtime.fault.Fault;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What is done about models that go wrong, each in its way, in real workers.
@Timeout(120)
final class WorkerSupervisionTest {
    private static final float POISON = 13;

    @TempDir
    Path folder = Path.of("");

    private final FaultyModels models = new FaultyModels();

    @AfterEach
    void everythingIsGivenBack() {
        assertEquals(0, models.lentBytes());
        models.close();
    }

    @Test
    void run_thatSleepsForEver_isEndedWithItsWorker() throws Exception {
        ModelVersion version = model(Map.of(POISON, Fault.SLEEP));
        assertEquals(2, ask(version, 1));
        long before = pid();

        assertEquals(Reason.DEADLINE_EXCEEDED, reason(version, POISON));
        assertEquals(4, ask(version, 2));
        assertNotEquals(before, pid());
        assertEquals(Map.of("onnx hung", 1), models.heard().workers());
        assertFalse(models.quarantine().holds(Rows.key(POISON)));
    }

    @Test
    void run_thatHangsTheSecondTime_isQuarantined() throws Exception {
        ModelVersion version = model(Map.of(POISON, Fault.SPIN));
        assertEquals(Reason.DEADLINE_EXCEEDED, reason(version, POISON));
        assertEquals(Reason.DEADLINE_EXCEEDED, reason(version, POISON));

        assertTrue(models.quarantine().holds(Rows.key(POISON)));
    }

    @Test
    void run_thatEndsWhenItIsAsked_keepsItsWorker() throws Exception {
        ModelVersion version = model(Map.of(POISON, Fault.OBEDIENT_LOOP));
        assertEquals(2, ask(version, 1));
        long before = pid();

        assertEquals(Reason.DEADLINE_EXCEEDED, reason(version, POISON));
        assertEquals(4, ask(version, 2));
        assertEquals(before, pid());
    }

    @Test
    void version_thatBringsItsWorkerDownTimeAfterTime_isRefusedAndOthersGoOn() throws Exception {
        Map<Float, Fault> poison = new HashMap<>();
        for (int i = 0; i < 10; i++) {
            poison.put(POISON + i, Fault.EXIT);
        }
        ModelVersion version = model(poison);
        ModelVersion other = models.model(folder.resolve("other"), EngineKind.ONNX, Map.of());
        assertEquals(2, ask(other, 1));
        for (int i = 0; i < 5; i++) {
            assertEquals(Reason.INPUT_QUARANTINED, reason(version, POISON + i));
        }

        assertEquals(Reason.MODEL_NOT_READY, reason(version, 1));
        assertTrue(models.runtime().hasFailed(version.ref()));
        assertTrue(models.runtime().isSettled(version));
        assertEquals(2, ask(other, 1));
        assertFalse(models.runtime().hasFailed(other.ref()));
        models.runtime().run(() -> {}).join();
        assertEquals(List.of(version), models.crashed());

        models.runtime().forgive(version.ref());
        assertEquals(2, ask(version, 1));
    }

    @Test
    void file_thatCannotBeOpenedWithoutACrash_failsItsModelAlone() throws Exception {
        ModelVersion version = models.broken(folder.resolve("broken"), Fault.ABORT);
        ModelVersion other = models.model(folder.resolve("other"), EngineKind.ONNX, Map.of());
        assertEquals(2, ask(other, 1));

        assertEquals(Reason.MODEL_NOT_READY, reason(version, 1));
        assertEquals(2, ask(other, 1));
    }

    @Test
    void answers_thatAreNoNumbers_areNoLosses() throws Exception {
        ModelVersion version = model(Map.of(POISON, Fault.NAN, POISON + 1, Fault.GARBAGE, POISON + 2, Fault.EXCEPTION));

        assertTrue(Float.isNaN(ask(version, POISON)));
        assertNotEquals(2 * (POISON + 1), ask(version, POISON + 1));
        assertEquals(Reason.MODEL_FAILED, reason(version, POISON + 2));
        assertEquals(2, ask(version, 1));
        assertEquals(Map.of(), models.heard().workers());
    }

    /// A GPU's state that only a new process mends is like that.
    @Test
    void process_thatFailsAllRunsOfAModelThatWorked_isReplaced() throws Exception {
        ModelVersion version = model(Map.of(POISON, Fault.SICK));
        ModelVersion other = models.model(folder.resolve("other"), EngineKind.ONNX, Map.of());
        assertEquals(2, ask(version, 1));
        assertEquals(2, ask(other, 1));
        long before = pid();

        for (float value : List.of(POISON, 1f, 2f, 3f)) {
            assertEquals(Reason.MODEL_FAILED, reason(version, value));
        }
        assertEquals(Reason.MODEL_FAILED, reason(other, 2));
        assertEquals(before, pid());

        assertEquals(8, ask(version, 4));
        assertEquals(4, ask(other, 2));
        assertNotEquals(before, pid());
        assertEquals(Map.of("onnx failing", 1), models.heard().workers());
        assertFalse(models.runtime().hasFailed(version.ref()));
    }

    @Test
    void process_thatFailsAgainSoon_isKept() throws Exception {
        ModelVersion version = model(Map.of(POISON, Fault.SICK));
        assertEquals(2, ask(version, 1));
        for (float value : List.of(POISON, 1f, 2f, 3f)) {
            assertEquals(Reason.MODEL_FAILED, reason(version, value));
        }
        assertEquals(8, ask(version, 4));
        long second = pid();

        for (float value : List.of(POISON, 1f, 2f, 3f, 4f, 5f)) {
            assertEquals(Reason.MODEL_FAILED, reason(version, value));
        }
        assertEquals(second, pid());
    }

    @Test
    void modelThatFailsFromItsFirstRun_keepsItsWorker() throws Exception {
        ModelVersion other = models.model(folder.resolve("other"), EngineKind.ONNX, Map.of());
        assertEquals(2, ask(other, 1));
        long before = pid();
        ModelVersion version = model(failing(8));

        for (int i = 0; i < 8; i++) {
            assertEquals(Reason.MODEL_FAILED, reason(version, POISON + i));
        }
        assertEquals(before, pid());
        assertEquals(Map.of(), models.heard().workers());
    }

    /// Where it is the inputs after all, others pay with a pause and no more.
    @Test
    void worker_thatIsReplacedUnderLoad_costsOtherModelsNoRequest() throws Exception {
        ModelVersion version = model(failing(8));
        ModelVersion other = models.model(folder.resolve("other"), EngineKind.ONNX, Map.of());
        assertEquals(2, ask(version, 1));
        assertEquals(2, ask(other, 1));
        long before = pid();
        AtomicBoolean ended = new AtomicBoolean();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> answered = IntStream.range(0, 4)
                    .mapToObj(client -> clients.submit(() -> askUntil(ended, other, 100 * client)))
                    .toList();
            try {
                for (int i = 0; i < 8; i++) {
                    assertEquals(Reason.MODEL_FAILED, reason(version, POISON + i));
                }
                assertEquals(2, ask(version, 1));
            } finally {
                ended.set(true);
            }
            for (Future<Integer> count : answered) {
                assertTrue(count.get() > 0);
            }
        }
        assertNotEquals(before, pid());
        assertEquals(Map.of("onnx failing", 1), models.heard().workers());
    }

    /// @return how many answers there were, all of them right
    private int askUntil(AtomicBoolean ended, ModelVersion version, int first) throws InterruptedException {
        int count = 0;
        while (!ended.get()) {
            float value = first + count % 100;
            assertEquals(2 * value, ask(version, value));
            count++;
            Thread.sleep(1);
        }
        return count;
    }

    /// So many values, from `POISON` on, that a model fails on.
    private static Map<Float, Fault> failing(int count) {
        Map<Float, Fault> faults = new HashMap<>();
        for (int i = 0; i < count; i++) {
            faults.put(POISON + i, Fault.EXCEPTION);
        }
        return faults;
    }

    /// Nobody asks it anything meanwhile.
    @Test
    void worker_thatIsStopped_isEndedForItsSilence() throws Exception {
        ModelVersion version = model(Map.of());
        assertEquals(2, ask(version, 1));
        long stopped = pid();
        Processes.signal("STOP", stopped);

        while (models.host().workerPid(EngineKind.ONNX).isPresent()) {
            Thread.sleep(10);
        }
        assertEquals(4, ask(version, 2));
        assertEquals(Map.of("onnx silent", 1), models.heard().workers());
    }

    private ModelVersion model(Map<Float, Fault> faults) throws Exception {
        return models.model(folder.resolve("faulty"), EngineKind.ONNX, faults);
    }

    private float ask(ModelVersion version, float value) throws InterruptedException {
        return models.ask(version, value, Rows.soon());
    }

    private Reason reason(ModelVersion version, float value) {
        return Failures.of(assertThrows(RuntimeException.class, () -> ask(version, value)))
                .reason();
    }

    private long pid() {
        return models.host().workerPid(EngineKind.ONNX).orElseThrow();
    }
}
