package dev.firstpass.server.runtime.engine.tensorflow;

import dev.firstpass.server.runtime.engine.CudaLibraries;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.EngineException;
import java.util.Optional;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GPUOptions;
import org.tensorflow.proto.ThreadPoolOptionProto;
import org.tensorflow.types.TFloat32;

/// How a session of TensorFlow is set up for a device. What it says of GPUs holds for the process: the first session
/// decides.
///
/// Pure functions, but for TensorFlow.
final class TensorFlowDevice {
    private static final long MIB = 1 << 20;

    private TensorFlowDevice() {}

    /// Pools of the session's own, since TensorFlow's are the process', sized by the first session that comes: a thread for
    /// each run that may take place at a time, which runs its operations, and `threads` within one. A run that is alone may have
    /// operations side by side. GPUs are hidden from sessions for the CPU.
    static ConfigProto config(int threads, Device device) {
        ConfigProto.Builder config = ConfigProto.newBuilder()
                .setIntraOpParallelismThreads(threads)
                .addSessionInterOpThreadPool(ThreadPoolOptionProto.newBuilder().setNumThreads(runs(threads, device)));
        switch (device) {
            case Device.Cpu _ -> config.putDeviceCount("GPU", 0);
            // What has no kernel for GPUs runs on the CPU.
            case Device.Cuda cuda -> config.setAllowSoftPlacement(true).setGpuOptions(gpu(cuda));
        }
        return config.build();
    }

    /// Runs that may take place at a time: as many as the cores suffice for. On a GPU there is one.
    private static int runs(int threads, Device device) {
        return switch (device) {
            case Device.Cpu _ -> Math.max(1, Runtime.getRuntime().availableProcessors() / threads);
            case Device.Cuda _ -> 1;
        };
    }

    /// Memory is taken as it is needed, up to the limit; TensorFlow gives none of it back before its process ends.
    private static GPUOptions gpu(Device.Cuda cuda) {
        GPUOptions.Builder gpu =
                GPUOptions.newBuilder().setAllowGrowth(true).setVisibleDeviceList(Integer.toString(cuda.index()));
        long limit = cuda.memory().tensorFlowBytes();
        if (limit > 0) {
            gpu.setExperimental(GPUOptions.Experimental.newBuilder()
                    .addVirtualDevices(GPUOptions.Experimental.VirtualDevices.newBuilder()
                            .addMemoryLimitMb((float) ((double) limit / MIB))));
        }
        return gpu.build();
    }

    /// Negates a number on the GPU and nowhere else: TensorFlow falls back to the CPU without a word.
    ///
    /// @throws EngineException if that does not work, with what is missing
    static void tryOut(int threads, Device.Cuda cuda) {
        ConfigProto config =
                config(threads, cuda).toBuilder().setAllowSoftPlacement(false).build();
        try (Graph graph = new Graph();
                Session session = new Session(graph, config)) {
            Ops gpu = Ops.create(graph)
                    .withDevice(DeviceSpec.newBuilder()
                            .deviceType(DeviceSpec.DeviceType.GPU)
                            .deviceIndex(0)
                            .build());
            var negated = gpu.math.neg(gpu.constant(1.5f));
            try (var result = session.runner().fetch(negated).run()) {
                if (!(result.get(0) instanceof TFloat32 value) || value.getFloat() != -1.5f) {
                    throw refused(cuda, "it computes wrongly");
                }
            }
        } catch (TensorFlowException | IllegalArgumentException | IllegalStateException e) {
            Optional<String> missing = CudaLibraries.missingForTensorFlow(CudaLibraries::loads);
            throw refused(cuda, missing.orElse(String.valueOf(e.getMessage())));
        }
    }

    private static EngineException refused(Device.Cuda cuda, String reason) {
        return new EngineException(
                "TensorFlow cannot use " + cuda.id() + ": " + reason + " (" + CudaLibraries.INSTEAD_OF_WALLS + ")");
    }
}
