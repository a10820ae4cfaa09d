package dev.firstpass.server.runtime.engine.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import dev.firstpass.server.runtime.engine.CudaLibraries;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.TinyModelFiles;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/// ONNX Runtime's way to an NVIDIA GPU.
///
/// Its Java has no tensors in the GPU's memory: every run copies its inputs there and its outputs back, from and to the
/// slab, which is pinned for that ([PinnedMemory]). What is reduced inside the model need not be copied.
///
/// Pure functions, but for ONNX Runtime.
final class CudaProvider {
    private CudaProvider() {}

    /// The provider's options. Each session has a stream of its own, and copies in it.
    static Map<String, String> options(Device.Cuda cuda) {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("device_id", Integer.toString(cuda.index()));
        if (cuda.memory().onnxBytes() > 0) {
            options.put("gpu_mem_limit", Long.toString(cuda.memory().onnxBytes()));
        }
        // By what is needed. Powers of two, which is what it would do, take up to twice that.
        options.put("arena_extend_strategy", "kSameAsRequested");
        // Trying every algorithm of each convolution takes seconds for each new shape, and its result varies.
        options.put("cudnn_conv_algo_search", "HEURISTIC");
        options.put("do_copy_in_default_stream", "1");
        // 10 bits of mantissa are quicker, and make labels that a CPU does not make.
        options.put("use_tf32", "0");
        return options;
    }

    /// Has sessions made with `options` run on the GPU.
    static void append(OrtSession.SessionOptions options, Device.Cuda cuda) throws OrtException {
        try (OrtCUDAProviderOptions provider = new OrtCUDAProviderOptions(cuda.index())) {
            for (Map.Entry<String, String> option : options(cuda).entrySet()) {
                provider.add(option.getKey(), option.getValue());
            }
            options.addCUDA(provider);
        }
    }

    /// Runs a tiny model on the GPU and nowhere else: ONNX Runtime lists the provider as available wherever it was built
    /// with it.
    ///
    /// @param loads whether a library of this name can be loaded
    /// @throws EngineException if that does not work, with what is missing
    static void tryOut(OrtEnvironment environment, Device.Cuda cuda, Predicate<String> loads) {
        CudaLibraries.missingForOnnxRuntime(loads).ifPresent(missing -> {
            throw refused(cuda, missing);
        });
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            append(options, cuda);
            options.addConfigEntry("session.disable_cpu_ep_fallback", "1");
            try (OrtSession session = environment.createSession(TinyModelFiles.negateOnnx(), options);
                    OnnxTensor input = OnnxTensor.createTensor(
                            environment, FloatBuffer.wrap(new float[] {1.5f, -2f}), new long[] {1, 2});
                    OrtSession.Result result = session.run(Map.of("x", input))) {
                if (!(result.get(0) instanceof OnnxTensor output)
                        || !output.getFloatBuffer().equals(FloatBuffer.wrap(new float[] {-1.5f, 2f}))) {
                    throw refused(cuda, "it computes wrongly");
                }
            }
        } catch (OrtException e) {
            throw refused(cuda, String.valueOf(e.getMessage()));
        }
    }

    static EngineException refused(Device.Cuda cuda, String reason) {
        return new EngineException(
                "ONNX Runtime cannot use " + cuda.id() + ": " + reason + " (" + CudaLibraries.INSTEAD_OF_WALLS + ")");
    }
}
