package dev.firstpass.server.runtime.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.onnx.proto.AttributeProto;
import dev.firstpass.registry.onnx.proto.GraphProto;
import dev.firstpass.registry.onnx.proto.NodeProto;
import dev.firstpass.registry.onnx.proto.TensorProto;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class OnnxInterruptionTest {
    /// The largest number there is, little-endian.
    private static final byte[] MOST = {-1, -1, -1, -1, -1, -1, -1, 127};

    @TempDir
    Path folder = Path.of("");

    @Test
    void interrupt_ofARunWithoutEnd_endsItEachTime() throws Exception {
        OnnxSample sample = new OnnxSample();
        try (Engine engine = sample.engine();
                EngineSession session = engine.open(writeLoop(folder))) {
            assertFalse(session.interrupt(), "no run is under way");
            assertEndsWhenInterrupted(session);
            assertEndsWhenInterrupted(session);
            assertFalse(session.interrupt(), "no run is under way");
        }
    }

    private static void assertEndsWhenInterrupted(EngineSession session) throws InterruptedException {
        CompletableFuture<Void> run = CompletableFuture.runAsync(() -> run(session));
        while (!session.interrupt()) {
            Thread.onSpinWait();
        }
        while (!run.isDone()) {
            // The flag is looked at between operators, and may have come before the first.
            Thread.onSpinWait();
        }
        ExecutionException thrown = assertThrows(ExecutionException.class, run::get);
        assertInstanceOf(EngineException.class, thrown.getCause());
    }

    private static void run(EngineSession session) {
        try (Arena arena = Arena.ofShared()) {
            BatchTensor input =
                    new BatchTensor("x", ElementType.FLOAT32, Shape.of(1), arena.allocate(Float.BYTES, Float.BYTES));
            var _ = session.run(List.of(input), bytes -> arena.allocate(bytes, Float.BYTES));
        }
    }

    /// Adds a number to itself for ever.
    private static Path writeLoop(Path folder) throws IOException {
        GraphProto.Builder body = OnnxSample.graph(
                        OnnxParts.node("Add", "sum", "number", "number"),
                        OnnxParts.value("step", TensorProto.DataType.INT64),
                        OnnxParts.value("go on still", TensorProto.DataType.BOOL))
                .addNode(OnnxParts.node("Identity", "go on still", "go on"))
                .addInput(OnnxParts.value("go on", TensorProto.DataType.BOOL))
                .addInput(OnnxParts.value("number", TensorProto.DataType.FLOAT, 1))
                .addOutput(OnnxParts.value("sum", TensorProto.DataType.FLOAT, 1));
        NodeProto.Builder loop = OnnxParts.node("Loop", "y", "times", "", "x")
                .addAttribute(AttributeProto.newBuilder()
                        .setName("body")
                        .setType(AttributeProto.AttributeType.GRAPH)
                        .setG(body));
        GraphProto.Builder graph = OnnxSample.graph(
                        loop,
                        OnnxParts.value("x", TensorProto.DataType.FLOAT, 1),
                        OnnxParts.value("y", TensorProto.DataType.FLOAT, 1))
                .addInitializer(TensorProto.newBuilder()
                        .setName("times")
                        .setDataType(TensorProto.DataType.INT64.getNumber())
                        .setRawData(ByteString.copyFrom(MOST)));
        return OnnxSample.write(graph, folder.resolve("loop.onnx"), 13);
    }
}
