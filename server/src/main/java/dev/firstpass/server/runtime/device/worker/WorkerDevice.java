package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.device.nvidia.GpuName;
import dev.firstpass.server.runtime.device.nvidia.Nvml;
import dev.firstpass.server.runtime.device.nvidia.NvmlException;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.EngineException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/// What the workers of a host run models on, and what they see of it: of several GPUs, one.
///
/// Immutable.
public sealed interface WorkerDevice {
    record Cpu() implements WorkerDevice {
        @Override
        public Device device() {
            return Device.cpu();
        }
    }

    /// @param device as the worker counts: it sees no other GPU
    /// @param visible the worker's `CUDA_VISIBLE_DEVICES`
    /// @param node number of the only GPU's device file that it may open; empty for all of them, where it is not known
    record Cuda(Device.Cuda device, GpuName visible, Optional<Integer> node) implements WorkerDevice {}

    /// What an engine in the worker is to be loaded for.
    Device device();

    static WorkerDevice cpu() {
        return new Cpu();
    }

    /// The worker's view of a device. For a GPU the system's NVML is asked which one it is, if there is one.
    ///
    /// @param device as this process counts
    /// @param environment of this process
    /// @throws EngineException if `CUDA_VISIBLE_DEVICES` leaves no such GPU
    static WorkerDevice of(Device device, Map<String, String> environment) {
        return of(device, environment, Nvml::open);
    }

    /// @param nvml opens it; closed here
    static WorkerDevice of(Device device, Map<String, String> environment, Supplier<Optional<Nvml>> nvml) {
        return switch (device) {
            case Device.Cpu _ -> cpu();
            case Device.Cuda cuda -> {
                GpuName name = GpuName.visible(cuda.index(), environment)
                        .orElseThrow(() -> new EngineException("devices: " + cuda.id()
                                + " (expected: one of those that " + GpuName.VARIABLE + "="
                                + environment.get(GpuName.VARIABLE) + " leaves)"));
                yield find(name, nvml)
                        .<WorkerDevice>map(gpu ->
                                // Where only one can be opened, CUDA may count that one alone: a number would miss it.
                                new Cuda(cuda.alone(), new GpuName.Uuid(gpu.uuid()), Optional.of(gpu.node())))
                        .orElseGet(() -> new Cuda(cuda.alone(), name, Optional.empty()));
            }
        };
    }

    private static Optional<Nvml.Gpu> find(GpuName name, Supplier<Optional<Nvml>> opener) {
        try {
            return opener.get().flatMap(nvml -> find(name, nvml));
        } catch (NvmlException e) {
            LoggerFactory.getLogger(WorkerDevice.class)
                    .warn("GPU {} is not told from others: {}", name.text(), e.getMessage());
            return Optional.empty();
        }
    }

    private static Optional<Nvml.Gpu> find(GpuName name, Nvml nvml) {
        try (nvml) {
            return nvml.find(name);
        }
    }
}
