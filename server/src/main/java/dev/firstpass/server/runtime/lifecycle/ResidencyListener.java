package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.registry.ModelRef;

/// Hears what comes into memory and leaves it. Called where memory changes hands, so it must be quick and throw nothing.
public interface ResidencyListener {
    ResidencyListener NONE = new ResidencyListener() {
        @Override
        public void opened(long budgetBytes) {}

        @Override
        public void loaded(ModelRef.Numbered ref, long bytes, long nanos) {}

        @Override
        public void failed(ModelRef.Numbered ref) {}

        @Override
        public void unloaded(ModelRef.Numbered ref, long bytes, boolean evicted) {}
    };

    /// @param budgetBytes that models may hold
    void opened(long budgetBytes);

    /// @param bytes that it holds
    /// @param nanos that loading and warming up took
    void loaded(ModelRef.Numbered ref, long bytes, long nanos);

    /// It could not be loaded.
    void failed(ModelRef.Numbered ref);

    /// @param bytes that came free
    /// @param evicted whether it left to make room for another
    void unloaded(ModelRef.Numbered ref, long bytes, boolean evicted);
}
