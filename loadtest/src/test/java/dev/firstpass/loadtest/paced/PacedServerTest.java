package dev.firstpass.loadtest.paced;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.loadtest.drive.Answer;
import dev.firstpass.loadtest.drive.Ask;
import dev.firstpass.loadtest.drive.HttpDoor;
import dev.firstpass.loadtest.drive.Targets;
import dev.firstpass.loadtest.overload.Pictures;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/// A whole server on virtual GPUs, through its HTTP door.
@Isolated
@Timeout(120)
final class PacedServerTest {
    private static final int SIDE = 64;
    private static final long FAR = 3_600_000_000_000L;

    @TempDir
    Path folder = Path.of("");

    @Test
    void rows_thatAreRunLate_areCountedAndOthersAreNot() throws Exception {
        try (PacedServer server = PacedServer.start(folder, 1, Map.of());
                HttpDoor door = new HttpDoor(server.url(), Duration.ofSeconds(60))) {
            assertEquals(
                    "paced@1",
                    server.register("paced", Pace.GPU.times(0.01)).ref().toString());
            assertEquals(
                    "paced@2",
                    server.register("paced", Pace.GPU.times(0.02)).ref().toString());
            assertEquals(Optional.empty(), Targets.problem(server.url(), "paced@2"));
            assertTrue(Targets.problem(server.url(), "paced@9").isPresent());
            Tally before = server.tally();

            assertEquals(Answer.GOOD, ask(door, "paced@1", System.nanoTime() + FAR));
            Tally inTime = server.tally().since(before);
            assertEquals(1, inTime.marked());
            assertEquals(0, inTime.late());

            assertEquals(Answer.GOOD, ask(door, "paced@2", System.nanoTime() - FAR));
            Tally late = server.tally().since(before);
            assertEquals(2, late.marked());
            assertEquals(1, late.late());

            Answer absent = ask(door, "paced@9", 0);
            assertEquals(Answer.Outcome.FAILED, absent.outcome());
            assertEquals("VERSION_NOT_FOUND", absent.reason());
        }
    }

    private static Answer ask(HttpDoor door, String model, long deadlineNanos) {
        return door.send(new Ask(model, Pictures.marked(SIDE, deadlineNanos), false, Optional.empty()))
                .join();
    }
}
