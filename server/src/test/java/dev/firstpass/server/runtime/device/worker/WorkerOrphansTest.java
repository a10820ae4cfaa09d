package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.firstpass.server.runtime.fault.Fault;
import dev.firstpass.server.runtime.fault.FaultEngine;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A server is killed, as nobody can notice or prevent: its worker goes with it, whatever it does at that moment.
@Timeout(60)
final class WorkerOrphansTest {
    private static final float VALUE = 13;

    @TempDir
    Path folder = Path.of("");

    @ParameterizedTest
    @CsvSource({"SLEEP, false", "SPIN, false", "SLEEP, true", "SPIN, true"})
    void worker_whenItsServerIsKilled_ends(Fault busyWith, boolean stopped) throws Exception {
        Path model = folder.resolve("model");
        FaultEngine.write(model, Map.of(VALUE, busyWith));
        Process server = start(model);
        try (BufferedReader out = server.inputReader()) {
            long pid = Long.parseLong(String.valueOf(out.readLine()));
            if (stopped) {
                Processes.signal("STOP", pid);
            }
            assertFalse(Processes.isGone(pid));

            long start = System.nanoTime();
            server.destroyForcibly();
            while (!Processes.isGone(pid)) {
                Thread.onSpinWait();
            }
            System.out.printf(
                    "worker in %s%s: gone %.1f ms after its server was killed%n",
                    busyWith, stopped ? " and stopped" : "", (System.nanoTime() - start) / 1e6);
        } finally {
            server.destroyForcibly();
        }
    }

    private static Process start(Path model) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ServerWithWorker.class.getName(),
                        model.toString(),
                        Float.toString(VALUE))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
