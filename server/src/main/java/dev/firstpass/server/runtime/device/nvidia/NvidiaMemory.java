package dev.firstpass.server.runtime.device.nvidia;

import dev.firstpass.server.runtime.device.DeviceMemory;
import dev.firstpass.server.runtime.engine.Device;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The memory of NVIDIA GPUs as NVML tells it: of `cuda:0` and the like, and of nothing else. Parts of a GPU (MIG) it does
/// not tell apart, so it says nothing of them.
///
/// Thread-safe.
public final class NvidiaMemory implements DeviceMemory {
    private static final Logger LOG = LoggerFactory.getLogger(NvidiaMemory.class);

    private final Nvml nvml;
    private final Map<String, String> environment;

    /// Takes ownership of NVML.
    ///
    /// @param environment of this process, by which GPUs are counted
    NvidiaMemory(Nvml nvml, Map<String, String> environment) {
        this.nvml = nvml;
        this.environment = Map.copyOf(environment);
    }

    /// With the system's NVML. For a server that has a GPU configured: nobody else should load a driver's library.
    ///
    /// @param environment of this process
    /// @return empty where there is no NVML that works
    public static Optional<NvidiaMemory> open(Map<String, String> environment) {
        try {
            return Nvml.open().map(nvml -> new NvidiaMemory(nvml, environment));
        } catch (NvmlException e) {
            LOG.warn("the memory of GPUs cannot be read: {}", e.getMessage());
            return Optional.empty();
        }
    }

    @Override
    public Optional<Usage> of(String device) {
        try {
            return Device.named(device, Device.CudaMemory.UNLIMITED)
                    .flatMap(this::gpu)
                    .map(nvml::memory)
                    .map(memory -> new Usage(memory.totalBytes(), memory.usedBytes()));
        } catch (NvmlException e) {
            LOG.debug("{}: its memory cannot be read: {}", device, e.getMessage());
            return Optional.empty();
        }
    }

    private Optional<Nvml.Gpu> gpu(Device device) {
        return switch (device) {
            case Device.Cpu _ -> Optional.empty();
            case Device.Cuda cuda -> GpuName.visible(cuda.index(), environment).flatMap(nvml::find);
        };
    }

    @Override
    public void close() {
        nvml.close();
    }
}
