package dev.firstpass.server.runtime.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.onnx.proto.GraphProto;
import dev.firstpass.registry.onnx.proto.TensorProto;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.GraphFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The threads that sessions get from us.
@Timeout(60)
final class PoolThreadsTest {
    private static final int THREADS = 3;
    private static final int SIDE = 256;

    @TempDir
    Path folder = Path.of("");

    /// Those that the starter starts are in its group.
    private final ThreadGroup group = new ThreadGroup("test");

    private final ExecutorService starter = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().group(group).name("starter").daemon().factory());
    private final Engine engine = OnnxEngine.load(Map.of("ORT_DISABLE_TELEMETRY", "1"), THREADS, Device.cpu(), starter);
    private final Arena arena = Arena.ofShared();

    @AfterEach
    void close() {
        engine.close();
        starter.close();
        arena.close();
    }

    @Test
    void helpers_ofASession_waitForTheEndOfItsWarmUpAndEndWithIt() throws IOException {
        try (EngineSession session = engine.open(squaring())) {
            assertEquals(THREADS - 1, helpers().size());
            float[] alone = run(session);
            assertTrue(helpers().stream().allMatch(PoolThreadsTest::isHeldBack), "nobody was to help");

            session.endWarmUp();
            session.endWarmUp();
            float[] helped = run(session);

            assertArrayEquals(alone, helped);
            assertEquals(SIDE, alone[0]);
            // A busy machine lets one of them go on after the run has ended without it.
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (helpers().stream().anyMatch(PoolThreadsTest::isHeldBack) && System.nanoTime() - until < 0) {
                assertArrayEquals(alone, run(session));
            }
            assertFalse(helpers().stream().anyMatch(PoolThreadsTest::isHeldBack), "they were to help");
        }
        assertEquals(List.of(), helpers());
    }

    @Test
    void helpers_ofASessionThatIsClosedDuringItsWarmUp_end() throws IOException {
        engine.open(squaring()).close();

        assertEquals(List.of(), helpers());
    }

    @Test
    void helpers_ofAFileThatIsNoModel_end() throws IOException {
        Path file = Files.writeString(folder.resolve("none.onnx"), "no model");

        assertThrows(EngineException.class, () -> engine.open(file));
        assertEquals(List.of(), helpers());
    }

    @Test
    void helpers_ofASessionThatSavesItsGraph_areThoseOfOneSession() throws IOException {
        GraphFiles graph = new GraphFiles(Optional.empty(), Optional.of(folder.resolve("graph")));
        try (EngineSession session = engine.open(squaring(), graph)) {
            assertEquals(THREADS - 1, helpers().size());
            assertEquals(SIDE, run(session)[0]);
        }
        assertEquals(List.of(), helpers());
    }

    /// They have not begun ONNX Runtime's work.
    private static boolean isHeldBack(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals("await"));
    }

    private List<Thread> helpers() {
        Thread[] threads = new Thread[16];
        int count = group.enumerate(threads);
        return Arrays.stream(threads, 0, count)
                .filter(thread -> thread.getName().equals("session-helper"))
                .toList();
    }

    /// A product of matrices that is worth to be shared.
    private Path squaring() throws IOException {
        GraphProto.Builder graph = OnnxSample.graph(
                OnnxParts.node("MatMul", "y", "x", "x"),
                OnnxParts.value("x", TensorProto.DataType.FLOAT, SIDE, SIDE),
                OnnxParts.value("y", TensorProto.DataType.FLOAT, SIDE, SIDE));
        return OnnxSample.write(graph, folder.resolve("squaring.onnx"));
    }

    private float[] run(EngineSession session) {
        Shape shape = Shape.of(SIDE, SIDE);
        MemorySegment ones = arena.allocate(ElementType.FLOAT32.bytes(shape), 64);
        for (int i = 0; i < SIDE * SIDE; i++) {
            ones.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1);
        }
        return session.run(
                        List.of(new BatchTensor("x", ElementType.FLOAT32, shape, ones)),
                        bytes -> arena.allocate(bytes, 64))
                .getFirst()
                .data()
                .toArray(ValueLayout.JAVA_FLOAT);
    }
}
