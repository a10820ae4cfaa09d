package dev.firstpass.server.runtime.fault;

import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.GraphFiles;
import dev.firstpass.server.runtime.engine.OutputMemory;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;

/// A real engine with a flaw that some models meet: their process ends in each run whose input is dark, but
/// not black. So they are opened, warmed up and tried out well.
///
/// Thread-safe. Owns the real one.
public final class FlawedEngine implements Engine {
    private final Engine real;
    private final Predicate<List<BatchTensor>> isMet;

    /// @param isMet whether a model that gives these outputs meets the flaw
    public FlawedEngine(Engine real, Predicate<List<BatchTensor>> isMet) {
        this.real = real;
        this.isMet = isMet;
    }

    @Override
    public EngineKind kind() {
        return real.kind();
    }

    @Override
    public EngineSession open(Path file) {
        return new FlawedSession(real.open(file), isMet);
    }

    @Override
    public EngineSession open(Path file, GraphFiles graph) {
        return new FlawedSession(real.open(file, graph), isMet);
    }

    @Override
    public void close() {
        real.close();
    }

    private record FlawedSession(EngineSession real, Predicate<List<BatchTensor>> isMet) implements EngineSession {
        @Override
        public ModelSignature signature() {
            return real.signature();
        }

        @Override
        public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
            List<BatchTensor> outputs = real.run(inputs, memory);
            if (isDark(inputs.getFirst()) && isMet.test(outputs)) {
                throw Fault.EXIT.strike();
            }
            return outputs;
        }

        private static boolean isDark(BatchTensor input) {
            boolean isBlack = true;
            for (long at = 0; at < input.data().byteSize(); at++) {
                byte sample = input.data().get(ValueLayout.JAVA_BYTE, at);
                if (sample < 0) {
                    return false;
                }
                isBlack &= sample == 0;
            }
            return !isBlack;
        }

        @Override
        public boolean interrupt() {
            return real.interrupt();
        }

        @Override
        public void close() {
            real.close();
        }
    }
}
