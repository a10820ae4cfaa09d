package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A worker whose engine tells, in the metadata of its models, what it was told of the memory that rows will lie in: its
/// size, and its first byte.
final class ExpectingWorker {
    static final String EXPECTED = "expected";

    private ExpectingWorker() {}

    public static void main(String[] arguments) throws IOException {
        WorkerMain.run(arguments, (_, _) -> List.of(new ExpectingEngine()));
    }

    /// For one thread at a time.
    static final class ExpectingEngine implements Engine {
        private String expected = "nothing";

        @Override
        public EngineKind kind() {
            return EngineKind.ONNX;
        }

        @Override
        public void expect(MemorySegment memory) {
            expected = memory.byteSize() + " " + memory.get(ValueLayout.JAVA_BYTE, 0);
        }

        @Override
        public EngineSession open(Path file) {
            return new EngineSession() {
                @Override
                public ModelSignature signature() {
                    return new ModelSignature(List.of(), List.of(), Map.of(EXPECTED, expected));
                }

                @Override
                public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
                    throw new UnsupportedOperationException("a model that only tells");
                }

                @Override
                public void close() {}
            };
        }

        @Override
        public void close() {}
    }
}
