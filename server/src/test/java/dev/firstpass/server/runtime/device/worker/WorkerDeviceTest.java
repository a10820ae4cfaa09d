package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.server.runtime.device.nvidia.FakeNvml;
import dev.firstpass.server.runtime.device.nvidia.GpuName;
import dev.firstpass.server.runtime.device.nvidia.Nvml;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.Device.CudaMemory;
import dev.firstpass.server.runtime.engine.EngineException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/// What a worker is told of the server's devices.
final class WorkerDeviceTest {
    private static final CudaMemory MEMORY = new CudaMemory(5, 6);
    private static final String UUID = "GPU-1a2b3c4d-0000-0000-0000-000000000000";

    @Test
    void of_theCpu_asksNobody() {
        assertEquals(WorkerDevice.cpu(), WorkerDevice.of(Device.cpu(), Map.of(), () -> {
            throw new AssertionError("NVML was opened");
        }));
    }

    /// By its identifier: where only one can be opened, CUDA may count that one alone.
    @Test
    void of_aGpuThatNvmlKnows_isThatOneAlone() {
        try (FakeNvml library = new FakeNvml(
                List.of(new FakeNvml.Gpu("A", "GPU-77", 1, 2, 1, 1), new FakeNvml.Gpu("B", UUID, 4, 2, 1, 1)))) {
            assertEquals(
                    new WorkerDevice.Cuda(new Device.Cuda(0, MEMORY, "cuda:0"), new GpuName.Uuid(UUID), Optional.of(4)),
                    WorkerDevice.of(
                            new Device.Cuda(0, MEMORY),
                            Map.of(GpuName.VARIABLE, "1,0"),
                            () -> Optional.of(library.open())));
            assertEquals(0, library.started());
        }
    }

    @Test
    void of_aGpuWithoutNvml_isItsEntryOfTheVariableAndAnyDeviceFile() {
        for (Supplier<Optional<Nvml>> nvml : WITHOUT) {
            assertEquals(
                    new WorkerDevice.Cuda(new Device.Cuda(0, MEMORY, "cuda:1"), new GpuName.Index(7), Optional.empty()),
                    WorkerDevice.of(new Device.Cuda(1, MEMORY), Map.of(GpuName.VARIABLE, "2,7"), nvml));
        }
    }

    private static final List<Supplier<Optional<Nvml>>> WITHOUT =
            List.of(Optional::empty, () -> Optional.of(new FakeNvml(List.of()).open()));

    @Test
    void of_aGpuThatTheVariableDoesNotLeave_isRefused() {
        EngineException refused = assertThrows(
                EngineException.class,
                () -> WorkerDevice.of(new Device.Cuda(1, MEMORY), Map.of(GpuName.VARIABLE, "3"), Optional::empty));

        assertEquals(
                "devices: cuda:1 (expected: one of those that CUDA_VISIBLE_DEVICES=3 leaves)", refused.getMessage());
    }
}
