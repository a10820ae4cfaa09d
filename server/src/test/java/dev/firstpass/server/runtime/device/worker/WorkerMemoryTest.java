package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.fake.Rows;
import dev.firstpass.server.runtime.fault.Fault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// A real worker whose heap is full: it ends at once, the input that filled it is held, and all else goes on.
@Timeout(120)
final class WorkerMemoryTest {
    private static final float POISON = 13;

    @TempDir
    Path folder = Path.of("");

    private final FaultyModels models = new FaultyModels(FaultWorkerMain.class, Duration.ofSeconds(15));

    @AfterEach
    void everythingIsGivenBack() {
        assertEquals(0, models.lentBytes());
        models.close();
    }

    @Test
    @EnabledIfSystemProperty(named = "firstpass.faults", matches = "true")
    void worker_whoseHeapIsFull_endsAlone() throws Exception {
        ModelVersion version = models.model(folder.resolve("keeping"), EngineKind.ONNX, Map.of(POISON, Fault.HEAP));
        ModelVersion other = models.model(folder.resolve("other"), EngineKind.TENSORFLOW, Map.of());
        assertEquals(2, models.ask(other, 1, Rows.soon()));
        long neighbour = models.host().workerPid(EngineKind.TENSORFLOW).orElseThrow();

        RuntimeException refusal = assertThrows(RuntimeException.class, () -> models.ask(version, POISON, Rows.soon()));
        assertEquals(Reason.INPUT_QUARANTINED, Failures.of(refusal).reason());
        assertEquals(4, models.ask(version, 2, Rows.soon()));
        assertEquals(4, models.ask(other, 2, Rows.soon()));
        assertEquals(neighbour, models.host().workerPid(EngineKind.TENSORFLOW).orElseThrow());
        assertEquals(Map.of("onnx ended", 2), models.heard().workers());
    }
}
