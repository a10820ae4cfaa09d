package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.registry.ModelRef;
import java.util.Map;

/// Hears what comes into memory and leaves it. Called where memory changes hands, so it must be quick and throw nothing.
public interface ResidencyListener {
    ResidencyListener NONE = new ResidencyListener() {
        @Override
        public void opened(Map<String, Long> budgets) {}

        @Override
        public void loaded(ModelRef.Numbered ref, Map<String, Long> bytes, long nanos) {}

        @Override
        public void failed(ModelRef.Numbered ref) {}

        @Override
        public void unloaded(ModelRef.Numbered ref, Map<String, Long> bytes, boolean evicted) {}
    };

    /// @param budgets device -> bytes that models may hold of it
    void opened(Map<String, Long> budgets);

    /// @param bytes device -> bytes that it holds of it
    /// @param nanos that loading and warming up took
    void loaded(ModelRef.Numbered ref, Map<String, Long> bytes, long nanos);

    /// It could not be loaded.
    void failed(ModelRef.Numbered ref);

    /// @param bytes device -> bytes that came free
    /// @param evicted whether it left to make room for another
    void unloaded(ModelRef.Numbered ref, Map<String, Long> bytes, boolean evicted);
}
