package dev.firstpass.server.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.firstpass.server.demo.CommandRunner.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SystemCommandsTest {
    @TempDir
    Path folder;

    private final SystemCommands commands = new SystemCommands(System.getenv(), Duration.ofMinutes(1));

    @Test
    void run_program_givesExitCodeAndBothStreams() throws Exception {
        Outcome outcome = commands.run(List.of("sh", "-c", "echo out; echo bad >&2; pwd; exit 3"), folder);

        assertEquals(new Outcome.Finished(3, "out\nbad\n" + folder.toRealPath() + "\n"), outcome);
        try (var files = Files.list(folder)) {
            assertEquals(0, files.count());
        }
    }

    /// On a full disk there would be no room to say that it is full.
    @Test
    void run_output_takesNoRoomInTheFolder() throws Exception {
        assertEquals(new Outcome.Finished(0, ".\n..\n"), commands.run(List.of("sh", "-c", "ls -a"), folder));
    }

    @Test
    void run_programThatLeavesAnotherBehind_isNotWaitedForLong() throws Exception {
        Outcome outcome = commands.run(List.of("sh", "-c", "sleep 20 & echo begun"), folder);

        assertEquals(new Outcome.Finished(0, "begun\n"), outcome);
    }

    @Test
    void run_missingProgram_isNotFound() throws Exception {
        assertEquals(new Outcome.NotFound(), commands.run(List.of("no-such-program-here"), folder));
        assertEquals(
                new Outcome.NotFound(),
                new SystemCommands(Map.of("PATH", ""), Duration.ofMinutes(1)).run(List.of("sh"), folder));
    }

    @Test
    void run_programThatDoesNotEnd_isEnded() throws Exception {
        SystemCommands impatient = new SystemCommands(System.getenv(), Duration.ofMillis(100));

        assertEquals(new Outcome.TimedOut(), impatient.run(List.of("sh", "-c", "sleep 600; true"), folder));
        List<ProcessHandle> left = ProcessHandle.current()
                .descendants()
                .filter(process -> process.info().commandLine().orElse("").contains("sleep 600"))
                .toList();
        // They have been killed, and may take a moment to be gone.
        for (ProcessHandle process : left) {
            process.onExit().get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void run_muchOutput_keepsTheEnd() throws Exception {
        Outcome outcome = commands.run(List.of("sh", "-c", "yes | head -n 100000; echo last"), folder);

        Outcome.Finished finished = assertInstanceOf(Outcome.Finished.class, outcome);
        assertEquals(8192, finished.output().length());
        assertEquals("y\nlast\n", finished.output().substring(8192 - 7));
    }
}
