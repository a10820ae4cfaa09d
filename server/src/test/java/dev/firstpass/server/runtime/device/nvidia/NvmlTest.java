package dev.firstpass.server.runtime.device.nvidia;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.runtime.device.DeviceMemory;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What NVML is asked and how its answers are read, with a fake of its functions.
final class NvmlTest {
    private static final FakeNvml.Gpu FIRST = new FakeNvml.Gpu(
            "NVIDIA A100-SXM4-40GB", "GPU-1a2b3c4d-0000-0000-0000-000000000000", 3, 40L << 30, 30L << 30, 10L << 30);
    private static final FakeNvml.Gpu SECOND = new FakeNvml.Gpu(
            "NVIDIA T4", "GPU-1a2b9999-0000-0000-0000-000000000000", 0, 16L << 30, 15L << 30, 1L << 30);

    private final FakeNvml library = new FakeNvml(List.of(FIRST, SECOND));

    @AfterEach
    void close() {
        library.close();
    }

    @Test
    void gpus_areAllInOrder() {
        try (Nvml nvml = library.open()) {
            assertEquals(
                    List.of(
                            new Nvml.Gpu(0, FIRST.name(), FIRST.uuid(), 3),
                            new Nvml.Gpu(1, SECOND.name(), SECOND.uuid(), 0)),
                    nvml.gpus());
            assertEquals("550.54.15", nvml.driverVersion());
        }
    }

    @Test
    void memory_isOfTheGpuThatIsAskedFor() {
        try (Nvml nvml = library.open()) {
            assertEquals(
                    List.of(
                            new Nvml.Memory(40L << 30, 30L << 30, 10L << 30),
                            new Nvml.Memory(16L << 30, 15L << 30, 1L << 30)),
                    nvml.gpus().stream().map(nvml::memory).toList());
        }
    }

    @Test
    void find_byNumberOrByTheBeginningOfAnIdentifier_isThatGpu() {
        try (Nvml nvml = library.open()) {
            assertEquals(Optional.of(1), nvml.find(new GpuName.Index(1)).map(Nvml.Gpu::index));
            assertEquals(
                    Optional.of(1), nvml.find(new GpuName.Uuid("GPU-1A2B9")).map(Nvml.Gpu::index));
            assertEquals(
                    Optional.of(0), nvml.find(new GpuName.Uuid(FIRST.uuid())).map(Nvml.Gpu::index));
        }
    }

    @Test
    void find_ofNoneOrSeveralOrAPart_isNone() {
        try (Nvml nvml = library.open()) {
            for (GpuName name : List.of(
                    new GpuName.Index(2),
                    new GpuName.Uuid("GPU-1a2b"),
                    new GpuName.Uuid("GPU-77"),
                    new GpuName.Uuid(FIRST.uuid() + "0"),
                    new GpuName.Part("MIG-1a2b"))) {
                assertEquals(Optional.empty(), nvml.find(name), name::text);
            }
        }
    }

    @Test
    void close_endsWhatOpenStarted() {
        Nvml nvml = library.open();
        assertEquals(1, library.started());
        nvml.close();
        assertEquals(0, library.started());
    }

    /// After an update of the driver without a new start of the machine.
    @Test
    void open_withALibraryThatDoesNotSuitTheDriver_saysSo() {
        library.fail("nvmlInit_v2", FakeNvml.MISMATCH);

        NvmlException thrown = assertThrows(NvmlException.class, library::open);

        assertEquals("nvmlInit_v2: Driver/library version mismatch (18)", thrown.getMessage());
        assertEquals(0, library.started());
    }

    @Test
    void question_thatALibraryDoesNotKnow_saysWhich() {
        library.forget("nvmlDeviceGetMinorNumber");
        try (Nvml nvml = library.open()) {
            NvmlException thrown = assertThrows(NvmlException.class, nvml::gpus);
            assertTrue(String.valueOf(thrown.getMessage()).startsWith("nvmlDeviceGetMinorNumber is missing"));
        }
    }

    // ---- as the memory of devices

    @Test
    void memoryOf_isOfTheGpuThatCudaCountsSo() {
        try (NvidiaMemory all = new NvidiaMemory(library.open(), Map.of())) {
            assertEquals(Optional.of(new DeviceMemory.Usage(40L << 30, 10L << 30)), all.of("cuda:0"));
        }
        try (NvidiaMemory second = new NvidiaMemory(library.open(), Map.of(GpuName.VARIABLE, "1"))) {
            assertEquals(Optional.of(new DeviceMemory.Usage(16L << 30, 1L << 30)), second.of("cuda:0"));
            assertEquals(Optional.empty(), second.of("cuda:1"));
        }
        assertEquals(0, library.started());
    }

    @Test
    void memoryOf_whatIsNoGpu_isUnknown() {
        try (NvidiaMemory memory = new NvidiaMemory(library.open(), Map.of())) {
            for (String device : List.of("cpu", "cuda:2", "cuda", "")) {
                assertEquals(Optional.empty(), memory.of(device), device);
            }
        }
    }

    @Test
    void memoryOf_aGpuThatIsLost_isUnknown() {
        try (NvidiaMemory memory = new NvidiaMemory(library.open(), Map.of())) {
            library.fail("nvmlDeviceGetMemoryInfo", FakeNvml.LOST);

            assertEquals(Optional.empty(), memory.of("cuda:0"));
        }
    }
}
