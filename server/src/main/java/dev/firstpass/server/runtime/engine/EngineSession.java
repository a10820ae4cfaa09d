package dev.firstpass.server.runtime.engine;

import dev.firstpass.postprocess.tensor.ModelSignature;
import java.util.List;
import java.util.Optional;

/// One opened model file on one device; runs one batch at a time.
///
/// For one thread at a time, apart from `endWarmUp`, `interrupt` and `abort`. Who opened it closes it, once, when no
/// run is under way.
public interface EngineSession extends AutoCloseable {
    ModelSignature signature();

    /// Runs one batch.
    ///
    /// @param inputs every input of the model, all with the same number of rows
    /// @param memory asked once for each output, in the signature's order
    /// @return the outputs in the signature's order, in the memory given by `memory`
    /// @throws EngineException if the model fails on it; the session stays usable
    /// @throws RunLostException if the process that it runs in ends; the session stays usable
    List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory);

    /// Waits until no other session has a run in the same process, and keeps them from beginning one: if the process
    /// ends now, this session's run is to blame.
    ///
    /// @return closed by the same thread when the run is over; empty if the others take too long
    default Optional<Turn> alone() {
        return Optional.of(() -> {});
    }

    /// Whether a run could begin without `prepare` having anything to do.
    default boolean isReady() {
        return true;
    }

    /// Makes ready what a run needs and has been lost since the last one, which may take as long as opening does. A run
    /// does it too where this was not called.
    default void prepare() {}

    /// From now on somebody waits for the runs. Until then, one may take longer in order to take less from the runs of
    /// other sessions. Thread-safe; a second call does nothing more.
    default void endWarmUp() {}

    /// Asks the run under way to end soon, with an `EngineException`. Thread-safe.
    ///
    /// @return whether a run was under way and could be asked
    default boolean interrupt() {
        return false;
    }

    /// Ends the process that the run under way is in, unless that is this one; it then ends with a `RunLostException`.
    /// Thread-safe.
    default void abort() {}

    /// Ends the process that the session is in, because it seems to be broken: the next run starts another. No run is lost
    /// over it. Waits for the runs of other sessions in it.
    ///
    /// @return whether a run now has another process than the last one; not where that is this process, where others take
    ///     too long, or where it was done a short while ago
    default boolean renew() {
        return false;
    }

    @Override
    void close();

    /// The right to be alone in a process.
    @FunctionalInterface
    interface Turn extends AutoCloseable {
        @Override
        void close();
    }
}
