package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.fake.Rows;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A worker whose code somebody else has taken over: the server ends it, says nothing of its words, and goes on.
@Timeout(120)
final class LyingWorkerTest {
    @TempDir
    Path folder = Path.of("");

    private final FaultyModels models = new FaultyModels(LyingWorkerMain.class);

    @AfterEach
    void everythingIsGivenBack() {
        assertEquals(0, models.lentBytes());
        models.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = Lie.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"SILENCE", "SCRIBBLES"})
    void worker_thatBreaksTheRules_isEnded(Lie lie) throws Exception {
        ModelVersion version = models.lying(folder, lie);
        assertEquals(2, models.ask(version, 1, Rows.soon()));

        assertEquals(Reason.INPUT_QUARANTINED, failure(version).reason());
        assertEquals(4, models.ask(version, 2, Rows.soon()));
        assertEquals(Map.of("onnx protocol", 2), models.heard().workers());
    }

    @Test
    void worker_thatNeverAnswers_isEndedAtTheLimit() throws Exception {
        ModelVersion version = models.lying(folder, Lie.SILENCE);

        assertEquals(Reason.DEADLINE_EXCEEDED, failure(version).reason());
        assertEquals(4, models.ask(version, 2, Rows.soon()));
        assertEquals(Map.of("onnx hung", 1), models.heard().workers());
    }

    /// The row that it is asked about is overwritten as well, so that anything may come of it but a fault of the server.
    @Test
    void worker_thatWritesAllOverItsMemory_endsAndTheServerGoesOn() throws Exception {
        ModelVersion version = models.lying(folder, Lie.SCRIBBLES);

        try {
            var _ = models.ask(version, LyingWorkerMain.POISON, Rows.soon());
        } catch (RuntimeException e) {
            assertNotEquals(Reason.INTERNAL, Failures.of(e).reason());
        }
        assertEquals(4, models.ask(version, 2, Rows.soon()));
        assertNotEquals(Map.of(), models.heard().workers());
    }

    /// It says that it holds all memory there is from its second word on.
    @Test
    void worker_thatHoldsMoreThanItHas_isBelievedAsFarAsTheKernel() throws Exception {
        ModelVersion version = models.lying(folder, Lie.SILENCE);
        assertEquals(2, models.ask(version, 1, Rows.soon()));

        long held = models.heldBytes();
        assertTrue(held > 0 && held < 1 << 30, () -> "bytes: " + held);
    }

    private Failure failure(ModelVersion version) {
        return Failures.of(
                assertThrows(RuntimeException.class, () -> models.ask(version, LyingWorkerMain.POISON, Rows.soon())));
    }
}
