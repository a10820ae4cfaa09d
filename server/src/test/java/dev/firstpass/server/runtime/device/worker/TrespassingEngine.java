package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// An engine that makes each [Attempt] of which the input has a 1, and answers with what the kernel said to each. Its
/// model file names the aims, one a line.
///
/// Thread-safe.
final class TrespassingEngine implements Engine {
    static final int ATTEMPTS = Attempt.values().length;

    /// What of an answer says that it was not asked for.
    static final long UNTRIED = Long.MIN_VALUE;

    @Override
    public EngineKind kind() {
        return EngineKind.ONNX;
    }

    @Override
    public EngineSession open(Path file) {
        try {
            List<String> lines = Files.readAllLines(file);
            return new Session(new Attempt.Aims(
                    lines.get(0),
                    lines.get(1),
                    file.toString(),
                    System.getProperty("java.io.tmpdir"),
                    Long.parseLong(lines.get(2)),
                    Integer.parseInt(lines.get(3))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {}

    private record Session(Attempt.Aims aims) implements EngineSession {
        @Override
        public ModelSignature signature() {
            return new ModelSignature(
                    List.of(new TensorInfo("x", ElementType.UINT8, Shape.of(ATTEMPTS))),
                    List.of(new TensorInfo("y", ElementType.INT64, Shape.of(ATTEMPTS))),
                    Map.of());
        }

        @Override
        public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
            MemorySegment asked = inputs.getFirst().data();
            MemorySegment answers = memory.allocate((long) ATTEMPTS * Long.BYTES);
            int at = 0;
            for (Attempt attempt : Attempt.values()) {
                boolean isAsked = asked.get(ValueLayout.JAVA_BYTE, at) == 1;
                answers.setAtIndex(ValueLayout.JAVA_LONG, at, isAsked ? attempt.make(aims) : UNTRIED);
                at++;
            }
            return List.of(new BatchTensor("y", ElementType.INT64, Shape.of(ATTEMPTS), answers));
        }

        @Override
        public void close() {}
    }
}
