package dev.firstpass.server.runtime.engines;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.onnx.OnnxEngine;
import dev.firstpass.server.runtime.engine.tensorflow.TensorFlowEngine;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/// The list of engines, for the process that runs them.
///
/// Pure functions.
public final class Engines {
    private Engines() {}

    /// All engines; the caller closes them.
    ///
    /// @param processEnvironment of this process, as `System.getenv()` has it
    /// @param threads that one run may use
    /// @throws dev.firstpass.server.runtime.engine.EngineException if one does not load
    public static List<Engine> load(Map<String, String> processEnvironment, int threads, Device device) {
        return Arrays.stream(EngineKind.values())
                .map(kind -> load(kind, processEnvironment, threads, device))
                .toList();
    }

    /// The device that suits this build: the first GPU if it was made for GPUs, whether one works or not.
    public static Device usualDevice(Device.CudaMemory memory) {
        return OnnxEngine.isBuiltForCuda() ? new Device.Cuda(0, memory) : Device.cpu();
    }

    /// One engine; the caller closes it.
    ///
    /// @throws dev.firstpass.server.runtime.engine.EngineException if it does not load
    public static Engine load(EngineKind kind, Map<String, String> processEnvironment, int threads, Device device) {
        return switch (kind) {
            case ONNX -> OnnxEngine.load(processEnvironment, threads, device);
            case TENSORFLOW -> new TensorFlowEngine(threads, device);
        };
    }

    /// ONNX Runtime for a process that opens sessions on a thread of low priority; the caller closes it.
    ///
    /// @param starter runs what it is given on a thread of the priority that sessions' own threads are to have
    /// @throws dev.firstpass.server.runtime.engine.EngineException if it does not load
    public static Engine loadOnnx(
            Map<String, String> processEnvironment, int threads, Device device, Executor starter) {
        return OnnxEngine.load(processEnvironment, threads, device, starter);
    }
}
