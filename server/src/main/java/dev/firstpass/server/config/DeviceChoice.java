package dev.firstpass.server.config;

import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.Device.CudaMemory;
import java.util.Optional;

/// Where models are to run.
///
/// Immutable.
public sealed interface DeviceChoice {
    /// On the first GPU if this is a build for GPUs, else on the CPU.
    ///
    /// @param memory that engines may take of a GPU
    record Auto(CudaMemory memory) implements DeviceChoice {}

    record Fixed(Device device) implements DeviceChoice {}

    static DeviceChoice auto() {
        return new Auto(CudaMemory.UNLIMITED);
    }

    /// The choice of that name: `auto`, `cpu`, `cuda:0` and the like.
    ///
    /// @param memory that engines may take of a GPU
    /// @return empty if there is none
    static Optional<DeviceChoice> named(String text, CudaMemory memory) {
        return text.equals("auto")
                ? Optional.of(new Auto(memory))
                : Device.named(text, memory).map(Fixed::new);
    }
}
