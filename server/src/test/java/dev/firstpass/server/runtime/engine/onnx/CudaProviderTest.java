package dev.firstpass.server.runtime.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.Device.CudaMemory;
import dev.firstpass.server.runtime.engine.EngineException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What can be known without a GPU.
final class CudaProviderTest {
    @Test
    void options_ofAGpuWithALimit_areOnnxRuntimesWords() {
        assertEquals(
                Map.of(
                        "device_id", "2",
                        "gpu_mem_limit", "6442450944",
                        "arena_extend_strategy", "kSameAsRequested",
                        "cudnn_conv_algo_search", "HEURISTIC",
                        "do_copy_in_default_stream", "1",
                        "use_tf32", "0"),
                CudaProvider.options(new Device.Cuda(2, new CudaMemory(6L << 30, 1))));
    }

    @Test
    void options_ofAGpuWithoutLimit_nameNone() {
        assertFalse(
                CudaProvider.options(new Device.Cuda(0, CudaMemory.UNLIMITED)).containsKey("gpu_mem_limit"));
    }

    /// On any machine that runs tests: with the usual build, or without a GPU.
    @Test
    void load_whereNoGpuCanBeUsed_saysWhatIsMissingAndTheWayOut() {
        Device.Cuda absent = new Device.Cuda(99, CudaMemory.UNLIMITED);
        EngineException refused = assertThrows(
                EngineException.class,
                () -> OnnxEngine.load(Map.of("ORT_DISABLE_TELEMETRY", "1"), 1, absent)
                        .close());
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.startsWith("ONNX Runtime cannot use cuda:99: "), message);
        assertTrue(message.contains("devices: cpu"), message);
        if (!OnnxEngine.isBuiltForCuda()) {
            assertTrue(message.contains("mvn -Pgpu"), message);
        }
    }
}
