package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.EngineKind;
import java.util.List;

/// What the server tells a worker.
///
/// Immutable.
sealed interface Order {
    /// Open a model file and serve the slot with it. Comes on the worker's stdin.
    record Open(int slot, EngineKind engine, String file) implements Order {}

    /// Run a batch.
    record Run(List<Input> inputs) implements Order {}

    /// The memory that was asked for.
    record Memory(Place place) implements Order {}

    /// There is none: give the run up.
    record NoMemory() implements Order {}

    /// Close the session of this slot.
    record Close() implements Order {}

    /// One input of a run.
    record Input(String name, ElementType type, Shape shape, Place place) {}
}
