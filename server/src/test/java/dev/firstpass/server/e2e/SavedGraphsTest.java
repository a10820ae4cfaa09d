package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.server.demo.DemoModel;
import dev.firstpass.server.demo.DemoModels;
import dev.firstpass.server.demo.FetchListener;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.GraphFiles;
import dev.firstpass.server.runtime.engine.onnx.OnnxEngine;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Real models, from their optimised graphs.
final class SavedGraphsTest {
    @TempDir
    Path folder = Path.of("");

    static List<DemoModel> models() {
        return DemoModels.all();
    }

    @ParameterizedTest
    @MethodSource("models")
    void run_fromTheSavedGraph_isTheSameToTheBit(DemoModel model) throws Exception {
        Path file = DemoServer.models().fetch(model, FetchListener.NONE);
        Path saved = folder.resolve("graph");
        // Of one engine they would be one model.
        try (Engine first = engine();
                Engine second = engine();
                Engine third = engine();
                EngineSession original = first.open(file);
                EngineSession saving = second.open(file, new GraphFiles(Optional.empty(), Optional.of(saved)));
                // Would be written if the saved graph were of no use.
                EngineSession again =
                        third.open(file, new GraphFiles(Optional.of(saved), Optional.of(folder.resolve("second"))));
                Arena arena = Arena.ofConfined()) {
            assertTrue(Files.size(saved) > 0);
            assertTrue(Files.notExists(folder.resolve("second")));
            assertEquals(original.signature(), again.signature());
            BatchTensor input = noise(original.signature().inputs().getFirst(), arena);

            List<byte[]> expected = run(original, input, arena);
            assertEqual(expected, run(saving, input, arena));
            assertEqual(expected, run(again, input, arena));
        }
    }

    private static Engine engine() {
        return OnnxEngine.load(Map.of("ORT_DISABLE_TELEMETRY", "1"), 1);
    }

    private static void assertEqual(List<byte[]> expected, List<byte[]> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i), "output " + i);
        }
    }

    private static List<byte[]> run(EngineSession session, BatchTensor input, Arena arena) {
        return session.run(List.of(input), bytes -> arena.allocate(bytes, 64)).stream()
                .map(output -> output.data().toArray(ValueLayout.JAVA_BYTE))
                .toList();
    }

    private static BatchTensor noise(TensorInfo info, Arena arena) {
        long[] extents = info.shape().toArray();
        for (int axis = 0; axis < extents.length; axis++) {
            if (extents[axis] == Shape.DYNAMIC) {
                extents[axis] = axis == 0 ? 1 : 320;
            }
        }
        Shape shape = Shape.of(extents);
        MemorySegment data = arena.allocate(info.type().bytes(shape), 64);
        Random random = new Random(7);
        if (info.type().bytes() == 1) {
            byte[] bytes = new byte[(int) shape.elements()];
            random.nextBytes(bytes);
            data.copyFrom(MemorySegment.ofArray(bytes));
        } else {
            for (long i = 0; i < shape.elements(); i++) {
                data.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat());
            }
        }
        return new BatchTensor(info.name(), info.type(), shape, data);
    }
}
