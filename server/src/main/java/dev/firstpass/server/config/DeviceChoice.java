package dev.firstpass.server.config;

import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.Device.CudaMemory;
import java.util.List;
import java.util.Optional;

/// Where models are to run.
///
/// Immutable.
public sealed interface DeviceChoice {
    /// On the first GPU if this is a build for GPUs, else on the CPU.
    ///
    /// @param memory that engines may take of a GPU
    record Auto(CudaMemory memory) implements DeviceChoice {}

    /// On these, each of which is there once.
    record Fixed(List<Device> devices) implements DeviceChoice {
        public Fixed {
            devices = List.copyOf(devices);
            if (devices.isEmpty() || devices.stream().distinct().count() < devices.size()) {
                throw new IllegalArgumentException("devices: " + devices + " (expected: one or more, each once)");
            }
        }
    }

    static DeviceChoice auto() {
        return new Auto(CudaMemory.UNLIMITED);
    }

    /// The choice of these names: `auto` alone, or one or more of `cpu`, `cuda:0` and the like, each once.
    ///
    /// @param memory that engines may take of a GPU
    /// @return empty if there is none
    static Optional<DeviceChoice> named(List<String> names, CudaMemory memory) {
        if (names.equals(List.of("auto"))) {
            return Optional.of(new Auto(memory));
        }
        List<Device> devices = names.stream()
                .flatMap(name -> Device.named(name, memory).stream())
                .distinct()
                .toList();
        return devices.isEmpty() || devices.size() < names.size() ? Optional.empty() : Optional.of(new Fixed(devices));
    }
}
