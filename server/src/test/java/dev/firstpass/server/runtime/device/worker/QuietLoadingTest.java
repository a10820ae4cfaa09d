package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineSample;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.onnx.OnnxSample;
import dev.firstpass.server.runtime.fake.Calm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// On which threads a worker loads models, and how important those are.
@Timeout(120)
final class QuietLoadingTest {
    private static final int THREADS = 3;

    @TempDir
    Path folder = Path.of("");

    private final Arena arena = Arena.ofShared();
    private final Slab slab = new Slab(1 << 20, 1 << 20);

    @AfterEach
    void close() {
        slab.close();
        arena.close();
    }

    @Test
    void threads_ofAWorkerWithModels_areAsImportantAsAnyButTheOneThatLoads() throws Exception {
        try (WorkerDeviceHost host = host(WorkerMain.class)) {
            Path model = new OnnxSample().write(EngineSample.Files.DOUBLING, folder);
            Path other = Files.copy(model, folder.resolve("another" + model.getFileName()));
            try (EngineSession first = host.open(EngineKind.ONNX, model);
                    EngineSession _ = host.open(EngineKind.ONNX, other)) {
                first.endWarmUp();
                assertEquals(2 * Float.BYTES, run(first, Shape.of(1, 2)).length);

                List<OsThread> threads =
                        threadsOnceNamed(host.workerPid(EngineKind.ONNX).orElseThrow(), "session-1");

                assertEquals(2 * (THREADS - 1), count(threads, "session-helper"), threads::toString);
                assertEquals(1, count(threads, "session-0"), threads::toString);
                assertEquals(1, count(threads, "session-1"), threads::toString);
                for (OsThread thread : threads) {
                    boolean loads = thread.name().equals(Background.THREAD);
                    assertEquals(loads ? Background.NICENESS : usual(), thread.niceness(), thread::name);
                }
                assertEquals(1, count(threads, Background.THREAD), threads::toString);
            }
        }
    }

    @Test
    void warmUp_withoutRequests_takesAllItCanGet() throws IOException {
        try (WorkerDeviceHost host = host(ThreadNamingWorker.class);
                EngineSession session = host.open(EngineKind.ONNX, model())) {
            assertEquals(Background.THREAD, session.signature().metadata().get(ThreadNamingEngine.OPENED_ON));
            assertEquals("!session-0", thread(session));
        }
    }

    @Test
    void warmUp_besideRequests_yields() throws IOException {
        try (WorkerDeviceHost host = host(ThreadNamingWorker.class);
                EngineSession busy = host.open(EngineKind.ONNX, model());
                EngineSession fresh = host.open(EngineKind.ONNX, model())) {
            busy.endWarmUp();
            assertEquals("!session-0", thread(busy));

            assertEquals(Background.THREAD, thread(fresh));
            fresh.endWarmUp();
            assertEquals("!session-1", thread(fresh));
        }
    }

    /// TensorFlow's threads are made with its first session, for all.
    @Test
    void open_inAWorkerOfTensorFlow_isAsImportantAsAnything() throws IOException {
        try (WorkerDeviceHost host = host(ThreadNamingWorker.class);
                EngineSession session = host.open(EngineKind.TENSORFLOW, model())) {
            assertNotEquals(Background.THREAD, session.signature().metadata().get(ThreadNamingEngine.OPENED_ON));
            List<OsThread> threads =
                    threads(host.workerPid(EngineKind.TENSORFLOW).orElseThrow());
            assertTrue(threads.stream().allMatch(thread -> thread.niceness() == usual()), threads::toString);
        }
    }

    private WorkerDeviceHost host(Class<?> program) {
        WorkerOptions options = TestWorkers.options();
        return WorkerDeviceHost.of(
                "cpu",
                slab,
                new WorkerCommand(
                        new WorkerOptions(THREADS, options.environment(), options.folder(), true),
                        program.getName(),
                        true),
                Calm.oversight(System::nanoTime));
    }

    private Path model() throws IOException {
        return Files.writeString(folder.resolve("model"), "any");
    }

    private String thread(EngineSession session) {
        return new String(run(session, Shape.of(1)), StandardCharsets.UTF_8);
    }

    private byte[] run(EngineSession session, Shape shape) {
        BatchTensor input = new BatchTensor(
                "x", ElementType.FLOAT32, shape, arena.allocate(ElementType.FLOAT32.bytes(shape), Float.BYTES));
        return session.run(List.of(input), bytes -> arena.allocate(bytes, Float.BYTES))
                .getFirst()
                .data()
                .toArray(ValueLayout.JAVA_BYTE);
    }

    /// Of this process, which may be run with less than the usual priority.
    private static int usual() {
        return OsThread.of(Path.of("/proc/thread-self")).niceness();
    }

    private static long count(List<OsThread> threads, String name) {
        return threads.stream().filter(thread -> thread.name().equals(name)).count();
    }

    private static List<OsThread> threads(long pid) throws IOException {
        try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            return tasks.map(OsThread::of).toList();
        }
    }

    /// A thread gets its name when it first runs, and nothing has waited for that of the session which only was opened.
    private static List<OsThread> threadsOnceNamed(long pid, String last) throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (count(threads(pid), last) == 0 && System.nanoTime() - until < 0) {
            Thread.sleep(5);
        }
        return threads(pid);
    }

    /// A thread as the kernel knows it.
    private record OsThread(String name, int niceness) {
        /// The 17th field after the name, which is in parentheses.
        private static final int NICENESS_AT = 17;

        static OsThread of(Path task) {
            try {
                String stat = Files.readString(task.resolve("stat"));
                int end = stat.lastIndexOf(')');
                return new OsThread(
                        stat.substring(stat.indexOf('(') + 1, end),
                        Integer.parseInt(stat.substring(end + 1).split(" ", -1)[NICENESS_AT]));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
