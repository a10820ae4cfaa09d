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
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// An engine whose models tell the name of the thread that they were opened on, in their metadata, and of the one that
/// they are run on, as their output; before it, a `!` if the session was told that its warm-up is over.
///
/// Thread-safe.
final class ThreadNamingEngine implements Engine {
    static final String OPENED_ON = "opened on";

    private final EngineKind kind;

    ThreadNamingEngine(EngineKind kind) {
        this.kind = kind;
    }

    @Override
    public EngineKind kind() {
        return kind;
    }

    @Override
    public EngineSession open(Path file) {
        return new Session(Thread.currentThread().getName());
    }

    @Override
    public void close() {}

    private static final class Session implements EngineSession {
        private final String openedOn;
        private volatile boolean warmedUp;

        Session(String openedOn) {
            this.openedOn = openedOn;
        }

        @Override
        public ModelSignature signature() {
            return new ModelSignature(
                    List.of(new TensorInfo("x", ElementType.FLOAT32, Shape.of(1))),
                    List.of(new TensorInfo("y", ElementType.UINT8, Shape.of(Shape.DYNAMIC))),
                    Map.of(OPENED_ON, openedOn));
        }

        @Override
        public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
            String told = (warmedUp ? "!" : "") + Thread.currentThread().getName();
            byte[] bytes = told.getBytes(StandardCharsets.UTF_8);
            MemorySegment output = memory.allocate(bytes.length);
            MemorySegment.copy(bytes, 0, output, ValueLayout.JAVA_BYTE, 0, bytes.length);
            return List.of(new BatchTensor("y", ElementType.UINT8, Shape.of(bytes.length), output));
        }

        @Override
        public void endWarmUp() {
            warmedUp = true;
        }

        @Override
        public void close() {}
    }
}
