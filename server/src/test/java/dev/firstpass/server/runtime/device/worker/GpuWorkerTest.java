package dev.firstpass.server.runtime.device.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.device.nvidia.GpuName;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.Device.CudaMemory;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSample;
import dev.firstpass.server.runtime.engine.onnx.OnnxSample;
import dev.firstpass.server.runtime.fake.Calm;
import dev.firstpass.server.runtime.linux.SharedMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// How a GPU reaches a worker, and what comes back where it does not work: all that can be known without one.
@Timeout(120)
final class GpuWorkerTest {
    private static final String SECOND = "GPU-1a2b";

    @TempDir
    Path folder = Path.of("");

    private final Slab slab = new Slab(1 << 20, 1 << 20);

    @AfterEach
    void close() {
        slab.close();
    }

    /// Before any model is opened.
    @Test
    void tryOut_onAGpu_triesItInAWorkerThatSeesNoOther() {
        EngineException told =
                assertThrows(EngineException.class, () -> tryOut(TellingWorkerMain.class, new CudaMemory(11, 12)));

        assertEquals(
                "cuda:3 0 11 12 {CUDA_CACHE_DISABLE=1, CUDA_DEVICE_ORDER=PCI_BUS_ID, CUDA_VISIBLE_DEVICES=GPU-1a2b}",
                told.getMessage());
    }

    @Test
    void tryOut_onAGpuThatEndsTheWorker_namesItAndTheWayOut() {
        EngineException ended =
                assertThrows(EngineException.class, () -> tryOut(TellingWorkerMain.class, CudaMemory.UNLIMITED));

        String message = String.valueOf(ended.getMessage());
        assertTrue(message.startsWith("ONNX Runtime cannot use cuda:3 in a worker: its process ended"), message);
        assertTrue(message.contains("isolation: in-process"), message);
    }

    /// The build has no CUDA, or the machine no such GPU.
    @Test
    void tryOut_withTheRealEngine_isRefusedByTheNameThatTheServerKnows() {
        EngineException refused =
                assertThrows(EngineException.class, () -> tryOut(WorkerMain.class, CudaMemory.UNLIMITED));

        String message = String.valueOf(refused.getMessage());
        assertTrue(message.startsWith("ONNX Runtime cannot use cuda:3: "), message);
        assertTrue(message.contains("devices: cpu"), message);
    }

    /// So two hosts can be told apart where there is no GPU.
    @Test
    void of_onTheCpuByAnotherName_runsModels() throws IOException {
        Path model = new OnnxSample().write(EngineSample.Files.DOUBLING, folder);
        try (WorkerDeviceHost host =
                WorkerDeviceHost.of("cuda:0", slab, TestWorkers.options(), Calm.oversight(System::nanoTime))) {
            host.open(EngineKind.ONNX, model).close();

            assertEquals("cuda:0", host.device());
            assertEquals(DeviceHost.CPU_BATCH, host.worthwhileBatch());
        }
    }

    private void tryOut(Class<?> program, CudaMemory memory) {
        try (WorkerDeviceHost host = host(program, memory)) {
            host.tryOut();
        }
    }

    private WorkerDeviceHost host(Class<?> program, CudaMemory memory) {
        return WorkerDeviceHost.of(
                "cuda:3",
                slab,
                new WorkerCommand(options(memory), program.getName(), true),
                Calm.oversight(System::nanoTime));
    }

    private static WorkerOptions options(CudaMemory memory) {
        WorkerOptions options = TestWorkers.options();
        return new WorkerOptions(
                1,
                options.environment(),
                options.folder(),
                true,
                new WorkerDevice.Cuda(new Device.Cuda(3, memory).alone(), new GpuName.Uuid(SECOND), Optional.of(0)));
    }

    // ---- the command

    @Test
    void process_thatDecodes_hasNothingOfAGpu() throws IOException {
        WorkerCommand command = new WorkerCommand(options(new CudaMemory(1, 2)));

        List<String> engine = arguments(command, WorkerRole.ONNX);
        assertTrue(engine.contains("U" + CudaView.THREADS), engine::toString);
        assertTrue(engine.contains("cuda:3 0 1 2"), engine::toString);
        List<String> decoder = arguments(command, WorkerRole.DECODER);
        assertFalse(decoder.contains("U" + CudaView.THREADS), decoder::toString);
        assertTrue(decoder.contains("cpu"), decoder::toString);
        assertEquals("-1", environment(command, WorkerRole.DECODER).get(GpuName.VARIABLE));
    }

    @Test
    void environment_onTheCpu_hasNoGpuAndNoSecret() {
        Map<String, String> server = Map.of(
                "LANG", "C",
                "LD_LIBRARY_PATH", "/cuda",
                "AWS_SECRET", "s3",
                "CUDA_VISIBLE_DEVICES", "0",
                "CUDA_MPS_PIPE_DIRECTORY", "/mps",
                "NVIDIA_VISIBLE_DEVICES", "all");

        assertEquals(
                Map.of(
                        "LANG", "C",
                        "LD_LIBRARY_PATH", "/cuda",
                        "ORT_DISABLE_TELEMETRY", "1",
                        "CUDA_VISIBLE_DEVICES", "-1"),
                WorkerCommand.environment(server, WorkerDevice.cpu()));
    }

    private Map<String, String> environment(WorkerCommand command, WorkerRole role) throws IOException {
        return process(command, role).environment();
    }

    private List<String> arguments(WorkerCommand command, WorkerRole role) throws IOException {
        return process(command, role).command();
    }

    private ProcessBuilder process(WorkerCommand command, WorkerRole role) throws IOException {
        try (WorkerFolder own = WorkerFolder.make(folder.resolve("run"));
                SharedMemory memory = SharedMemory.create("firstpass-test", 4096)) {
            return command.process(role, own, memory, memory);
        }
    }
}
