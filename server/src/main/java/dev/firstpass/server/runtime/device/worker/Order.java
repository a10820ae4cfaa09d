package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.runtime.engine.GraphFiles;
import java.nio.file.Path;
import java.util.List;

/// What the server tells a worker.
///
/// Immutable.
sealed interface Order {
    /// Open a model file and serve the slot with it. Comes on the worker's stdin.
    record Open(int slot, EngineKind engine, Path file, GraphFiles graph) implements Order {}

    /// Decode images for the slot. Comes on the worker's stdin.
    record OpenDecoder(int slot, ImageLimits limits) implements Order {}

    /// Tell what native code holds. Comes on the worker's stdin.
    record Measure() implements Order {}

    /// Run a batch.
    ///
    /// @param memory for the outputs, in their order, as far as their sizes are known
    /// @param warmUp whether nobody waits for it, so that it may yield to other sessions' runs
    record Run(List<Input> inputs, List<Place> memory, boolean warmUp) implements Order {}

    /// Make rows of an asset.
    record Decode(Place asset, InputSpec input, List<Target> rows) implements Order {}

    /// The order is too long for a slot: it lies there.
    record Elsewhere(Place order) implements Order {}

    /// More memory for an output, which was asked for.
    record Memory(Place place) implements Order {}

    /// There is none: give the run up.
    record NoMemory() implements Order {}

    /// Close the session of this slot.
    record Close() implements Order {}

    /// One input of a run.
    record Input(String name, ElementType type, Shape shape, Place place) {}

    /// One row to make, of a part of the asset or all of it.
    record Target(RowSource part, Place place) {}
}
