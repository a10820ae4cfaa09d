package dev.firstpass.server.runtime.engine.tensorflow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.savedmodel.DataTypes;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Graph;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Signature;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TFloat32;

/// What is TensorFlow's own, beyond the contract of all engines.
final class TensorFlowEngineTest {
    @TempDir
    Path folder = Path.of("");

    /// The graph's own initial value is another, so that only the files in `variables` can give this answer.
    @Test
    void run_ofAModelWithVariables_usesTheSavedValues() throws IOException {
        Path directory = folder.resolve("saved");
        exportTimes(directory, 3, -5);
        assertTrue(Files.exists(directory.resolve("variables").resolve("variables.index")));

        try (TensorFlowEngine engine = new TensorFlowEngine(1);
                EngineSession session = engine.open(directory);
                Arena arena = Arena.ofConfined()) {
            assertEquals(
                    Shape.of(Shape.DYNAMIC, 2),
                    session.signature().inputs().getFirst().shape());
            BatchTensor input = new BatchTensor(
                    "x", ElementType.FLOAT32, Shape.of(2, 2), arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3, 4));

            BatchTensor output = session.run(List.of(input), bytes -> arena.allocate(bytes, 64))
                    .getFirst();

            assertEquals("y", output.name());
            assertArrayEquals(new float[] {3, -10, 9, -20}, output.data().toArray(ValueLayout.JAVA_FLOAT));
        }
    }

    @Test
    void open_ofAModelWhoseVariablesAreMissing_isRefused() throws IOException {
        Path directory = folder.resolve("saved");
        exportTimes(directory, 3, -5);
        Files.delete(directory.resolve("variables").resolve("variables.data-00000-of-00001"));

        try (TensorFlowEngine engine = new TensorFlowEngine(1)) {
            assertThrows(EngineException.class, () -> engine.open(directory).close());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"INT8", "INT16", "UINT32", "UINT64"})
    void open_ofAModelOfATypeWithoutTensors_saysSo(ElementType type) throws IOException {
        Path model = new TensorFlowSample().writeIdentity(type, folder);
        try (TensorFlowEngine engine = new TensorFlowEngine(1)) {
            EngineException refused =
                    assertThrows(EngineException.class, () -> engine.open(model).close());
            assertTrue(
                    String.valueOf(refused.getMessage()).contains("\"x\": " + DataTypes.of(type)), refused::getMessage);
        }
    }

    /// y = x * (a, b), with the factors in a variable.
    private static void exportTimes(Path directory, float a, float b) throws IOException {
        try (Graph graph = new Graph();
                Session session = new Session(graph)) {
            Ops tf = Ops.create(graph);
            Placeholder<TFloat32> x =
                    tf.placeholder(TFloat32.class, Placeholder.shape(org.tensorflow.ndarray.Shape.of(-1, 2)));
            Variable<TFloat32> factors = tf.variable(tf.constant(new float[] {0, 0}));
            Signature signature = Signature.builder()
                    .input("x", x)
                    .output("y", tf.math.mul(x, factors))
                    .build();
            var assigned = tf.assign(factors, tf.constant(new float[] {a, b}));
            session.initialize();
            session.run(assigned);
            SavedModelBundle.exporter(directory.toString())
                    .withSession(session)
                    .withSignature(signature)
                    .export();
        }
    }
}
