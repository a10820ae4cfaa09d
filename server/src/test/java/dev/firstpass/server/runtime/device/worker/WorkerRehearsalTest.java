package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/// A rehearsal ends well whether or not the threads of its worker have ended by then. On a busy machine most did not.
final class WorkerRehearsalTest {
    @TempDir
    Path folder = Path.of("");

    @RepeatedTest(4)
    void rehearse_timeAfterTime_endsWell() {
        assertDoesNotThrow(() -> WorkerNatives.rehearse(WorkerRole.TENSORFLOW, folder, List.of()));
    }
}
