package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSample;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import dev.firstpass.server.runtime.engine.RunLostException;
import dev.firstpass.server.runtime.engine.onnx.OnnxSample;
import dev.firstpass.server.runtime.fake.Calm;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Life and death of a worker process.
@Timeout(120)
final class WorkerDeviceHostTest {
    private static final Shape TWO = Shape.of(1, 2);

    @TempDir
    Path folder;

    private final AtomicLong clock = new AtomicLong();
    private final Arena arena = Arena.ofShared();
    private final Slab slab = new Slab(1 << 20, 1 << 20);
    private final WorkerDeviceHost host =
            WorkerDeviceHost.of("cpu", slab, TestWorkers.options(Map.of("SECRET", "s3")), Calm.oversight(clock::get));
    private Path model = Path.of("");

    @BeforeEach
    void start() throws IOException {
        model = new OnnxSample().write(EngineSample.Files.DOUBLING, folder);
        open().close();
    }

    @AfterEach
    void close() {
        host.close();
        slab.close();
        arena.close();
    }

    @Test
    void run_whenTheWorkerDiesUnderIt_isWorkerLostAndTheNextOneWorks() {
        long first = pid();
        try (EngineSession session = open()) {
            assertLost(() -> run(session, bytes -> {
                kill(first);
                return arena.allocate(bytes, 64);
            }));

            assertArrayEquals(new float[] {2, 4}, run(session));
            assertNotEquals(first, pid());
        }
    }

    @Test
    void run_thatWaitsWhenTheWorkerDies_isWoken() throws Exception {
        long pid = pid();
        try (EngineSession one = open();
                EngineSession other = open()) {
            Processes.signal("STOP", pid);
            Waiter first = Waiter.of(() -> run(one));
            Waiter second = Waiter.of(() -> run(other));

            kill(pid);

            assertEquals(Reason.WORKER_LOST, first.reason());
            assertEquals(Reason.WORKER_LOST, second.reason());
            assertArrayEquals(new float[] {2, 4}, run(one));
            assertArrayEquals(new float[] {2, 4}, run(other));
        }
    }

    @Test
    void run_afterTheWorkerDiedIdle_works() {
        try (EngineSession session = open()) {
            kill(pid());

            assertArrayEquals(new float[] {2, 4}, run(session));
        }
    }

    @Test
    void open_afterTheWorkerDied_works() {
        kill(pid());

        try (EngineSession session = open()) {
            assertArrayEquals(new float[] {2, 4}, run(session));
        }
    }

    @Test
    void endIfUnused_withASessionOpen_leavesItAlone() {
        long pid = pid();
        try (EngineSession session = open()) {
            host.endIfUnused();

            assertEquals(pid, pid());
            assertArrayEquals(new float[] {2, 4}, run(session));
        }
    }

    /// What TensorFlow took comes back only with its process.
    @Test
    void endIfUnused_afterTheLastSession_givesTheMemoryBack() {
        try (EngineSession _ = open()) {
            assertTrue(host.reclaim() > 0);
        }
        host.endIfUnused();

        assertEquals(Optional.empty(), host.workerPid(EngineKind.ONNX));
        assertEquals(0, host.reclaim());
        try (EngineSession session = open()) {
            assertArrayEquals(new float[] {2, 4}, run(session));
        }
    }

    @Test
    void run_whenTheFileIsAnotherOne_isRefused() throws IOException {
        try (EngineSession session = open()) {
            kill(pid());
            Path other = new OnnxSample().write(EngineSample.Files.POSITIONS_OF_NONZERO, folder);
            Files.write(model, Files.readAllBytes(other));

            assertThrows(EngineException.class, () -> run(session));
        }
    }

    /// Each loss after a short life makes the next start wait longer.
    @Test
    void worker_lostAgainAndAgain_isNotStartedAtOnce() throws Exception {
        try (EngineSession session = open()) {
            OutputMemory deadly = bytes -> {
                kill(pid());
                return arena.allocate(bytes, 64);
            };
            assertLost(() -> run(session, deadly));
            assertLost(() -> run(session, deadly));

            Waiter waiter = Waiter.of(() -> run(session), "awaitRestart");
            assertTrue(host.workerPid(EngineKind.ONNX).isEmpty());
            clock.addAndGet(200_000_000);
            assertArrayEquals(new float[] {2, 4}, waiter.result.get());
        }
    }

    @Test
    void environment_ofTheServer_staysThere() throws IOException {
        String environment = Files.readString(Path.of("/proc/" + pid() + "/environ"), StandardCharsets.ISO_8859_1);

        assertTrue(environment.contains("ORT_DISABLE_TELEMETRY=1"), environment);
        assertTrue(Arrays.stream(environment.split("\0")).noneMatch(one -> one.startsWith("HOME=")), environment);
    }

    @Test
    void close_always_endsTheWorker() {
        long pid = pid();

        host.close();

        assertTrue(Processes.isGone(pid));
    }

    private long pid() {
        return host.workerPid(EngineKind.ONNX).orElseThrow();
    }

    /// They are looked at to see where each ends, and outside of the slab they come by way of other memory.
    @Test
    void run_ofStrings_givesThemWholeWhereverTheyLie() throws IOException {
        Path identity = new OnnxSample().writeIdentity(ElementType.STRING, folder);
        List<byte[]> strings = Stream.of("weed", "", "Rübe")
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
        MemorySegment data = arena.allocate(PackedStrings.size(strings));
        PackedStrings.write(strings, data);
        try (EngineSession session = host.open(EngineKind.ONNX, identity)) {
            String name = session.signature().inputs().getFirst().name();
            BatchTensor output = session.run(
                            List.of(new BatchTensor(name, ElementType.STRING, Shape.of(1, 3), data)),
                            bytes -> arena.allocate(bytes, 64))
                    .getFirst();

            assertEquals(List.of("weed", "", "Rübe"), PackedStrings.text(output.data(), 3));
        }
    }

    private EngineSession open() {
        return host.open(EngineKind.ONNX, model);
    }

    private float[] run(EngineSession session) {
        return run(session, bytes -> arena.allocate(bytes, 64));
    }

    private float[] run(EngineSession session, OutputMemory memory) {
        try (Region.Block block = slab.rows().tryAllocate(8).orElseThrow()) {
            block.segment().setAtIndex(ValueLayout.JAVA_FLOAT, 0, 1);
            block.segment().setAtIndex(ValueLayout.JAVA_FLOAT, 1, 2);
            var row = new BatchTensor("x", ElementType.FLOAT32, TWO, block.segment());
            return session.run(List.of(row), memory).getFirst().data().toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    private static void assertLost(Runnable run) {
        RunLostException thrown = assertThrows(RunLostException.class, run::run);
        assertTrue(thrown.isBegun());
        assertEquals(Reason.WORKER_LOST, Failures.of(thrown).reason());
    }

    /// Returns when the server knows of it.
    private void kill(long pid) {
        Processes.kill(pid, () -> host.workerPid(EngineKind.ONNX));
    }

    /// A thread that has begun a run and waits for the worker.
    private record Waiter(CompletableFuture<float[]> result) {
        static Waiter of(Supplier<float[]> run) {
            return of(run, "awaitChangeFrom");
        }

        /// @param method that it waits in
        static Waiter of(Supplier<float[]> run, String method) {
            CompletableFuture<float[]> result = new CompletableFuture<>();
            Thread thread = Thread.ofPlatform().start(() -> {
                try {
                    result.complete(run.get());
                } catch (RuntimeException e) {
                    result.completeExceptionally(e);
                }
            });
            while (thread.isAlive()
                    && Arrays.stream(thread.getStackTrace())
                            .noneMatch(frame -> frame.getMethodName().equals(method))) {
                Thread.onSpinWait();
            }
            return new Waiter(result);
        }

        Reason reason() throws InterruptedException {
            ExecutionException thrown = assertThrows(ExecutionException.class, result::get);
            return Failures.of(thrown).reason();
        }
    }
}
