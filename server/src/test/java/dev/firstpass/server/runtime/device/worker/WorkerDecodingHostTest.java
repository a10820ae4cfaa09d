package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.EngineSample;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.onnx.OnnxSample;
import dev.firstpass.server.runtime.fake.Calm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Life and death of the worker that decodes.
@Timeout(120)
final class WorkerDecodingHostTest {
    private final Slab slab = new Slab(1 << 20, 1 << 20);
    private final WorkerDecodingHost host = WorkerDecodingHost.begin(
            ImageLimits.DEFAULT, slab, 2, TestWorkers.options(), Calm.oversight(System::nanoTime));

    @TempDir
    Path folder;

    @BeforeEach
    void start() {
        host.warmUp();
    }

    @AfterEach
    void close() {
        host.close();
        slab.close();
    }

    @Test
    void fill_afterTheDecoderDiedIdle_works() throws Exception {
        long first = pid();
        Processes.kill(first, host::workerPid);

        host.warmUp();

        assertNotEquals(first, pid());
    }

    /// The image is none the worse for it: it is decoded once more.
    @Test
    void fill_whenTheDecoderDiesUnderIt_works() throws Exception {
        long first = pid();
        Processes.signal("STOP", first);
        // A thread of its own, which waits for no carrier while other tests hold them.
        FutureTask<Void> row = new FutureTask<>(host::warmUp, null);
        Thread caller = Thread.ofPlatform().daemon().start(row);
        awaitDecoding(caller);

        Processes.kill(first, host::workerPid);

        row.get();
        assertNotEquals(first, pid());
        assertEquals(0, slab.rows().lentBytes());
    }

    /// One filter more than a worker that opens models as they come.
    @Test
    void decoder_onceWarm_isSealed() throws Exception {
        Path model = new OnnxSample().write(EngineSample.Files.DOUBLING, folder);
        try (WorkerDeviceHost device =
                        WorkerDeviceHost.of("cpu", slab, TestWorkers.options(), Calm.oversight(System::nanoTime));
                EngineSession _ = device.open(EngineKind.ONNX, model)) {
            assertEquals(filters(device.workerPid(EngineKind.ONNX).orElseThrow()) + 1, filters(pid()));
        }
    }

    private static int filters(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith("Seccomp_filters:"))
                .mapToInt(line ->
                        Integer.parseInt(line.substring(line.indexOf(':') + 1).strip()))
                .findFirst()
                .orElseThrow();
    }

    private static void awaitDecoding(Thread caller) throws InterruptedException {
        while (Thread.getAllStackTraces().values().stream()
                .noneMatch(frames -> Arrays.stream(frames)
                        .anyMatch(frame -> frame.getClassName().endsWith("DecodeLane")
                                && frame.getMethodName().equals("decode")))) {
            assertTrue(caller.isAlive(), "nothing was decoded");
            Thread.sleep(1);
        }
    }

    @Test
    void close_always_endsTheWorker() {
        long pid = pid();

        host.close();

        assertTrue(Processes.isGone(pid));
    }

    private long pid() {
        return host.workerPid().orElseThrow();
    }
}
