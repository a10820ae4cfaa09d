package dev.firstpass.server.runtime.engine.tensorflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.Device.CudaMemory;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSample;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GPUOptions;

/// What can be known without a GPU.
final class TensorFlowDeviceTest {
    @TempDir
    Path folder = Path.of("");

    @Test
    void config_ofTheCpu_hidesGpus() {
        ConfigProto config = TensorFlowDevice.config(3, Device.cpu());
        assertEquals(0, config.getDeviceCountOrThrow("GPU"));
        assertEquals(3, config.getIntraOpParallelismThreads());
        assertEquals(1, config.getSessionInterOpThreadPool(0).getNumThreads());
    }

    @Test
    void config_ofAGpu_growsUpToItsLimit() {
        GPUOptions gpu = TensorFlowDevice.config(1, new Device.Cuda(1, new CudaMemory(1, 3L << 30)))
                .getGpuOptions();
        assertTrue(gpu.getAllowGrowth());
        assertEquals("1", gpu.getVisibleDeviceList());
        assertEquals(3072, gpu.getExperimental().getVirtualDevices(0).getMemoryLimitMb(0));
    }

    @Test
    void config_ofAGpuWithoutLimit_namesNone() {
        assertFalse(TensorFlowDevice.config(1, new Device.Cuda(0, CudaMemory.UNLIMITED))
                .getGpuOptions()
                .hasExperimental());
    }

    /// TensorFlow by itself would go on, on the CPU.
    @Test
    void open_whereNoGpuCanBeUsed_saysSoAndTheWayOut() throws IOException {
        Path model = new TensorFlowSample().write(EngineSample.Files.DOUBLING, folder);
        try (TensorFlowEngine engine = new TensorFlowEngine(1, new Device.Cuda(99, CudaMemory.UNLIMITED))) {
            EngineException refused =
                    assertThrows(EngineException.class, () -> engine.open(model).close());
            String message = String.valueOf(refused.getMessage());
            assertTrue(message.startsWith("TensorFlow cannot use cuda:99: "), message);
            assertTrue(message.contains("devices: cpu"), message);
        }
    }
}
