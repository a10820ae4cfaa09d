package dev.firstpass.server.runtime.engine;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What an engine runs models on. One process runs each engine on one device.
///
/// Immutable.
public sealed interface Device {
    record Cpu() implements Device {}

    /// An NVIDIA GPU.
    ///
    /// @param index as CUDA counts in the process that runs the engine, from 0, among the GPUs that
    ///     `CUDA_VISIBLE_DEVICES` leaves it
    /// @param memory that each engine may take of it
    /// @param id what the server calls it; a process that sees only this GPU counts otherwise
    record Cuda(int index, CudaMemory memory, String id) implements Device {
        public Cuda {
            if (index < 0) {
                throw new IllegalArgumentException("index: " + index + " (expected: >= 0)");
            }
        }

        /// A GPU of the server's own process, by whose count it is called.
        public Cuda(int index, CudaMemory memory) {
            this(index, memory, "cuda:" + index);
        }

        /// The same GPU to a process that sees no other.
        public Cuda alone() {
            return new Cuda(0, memory, id);
        }
    }

    /// The most that engines take of a GPU's memory, which they share; 0 sets no limit.
    ///
    /// @param onnxBytes of ONNX Runtime: the arena that each session has, not what CUDA and cuDNN take for themselves
    /// @param tensorFlowBytes of TensorFlow: of all sessions together, likewise
    record CudaMemory(long onnxBytes, long tensorFlowBytes) {
        public static final CudaMemory UNLIMITED = new CudaMemory(0, 0);

        public CudaMemory {
            if (onnxBytes < 0 || tensorFlowBytes < 0) {
                throw new IllegalArgumentException(
                        "memory: " + onnxBytes + ", " + tensorFlowBytes + " (expected: >= 0)");
            }
        }
    }

    /// The name in settings, thread names, metrics and logs: `cpu` or `cuda:0`.
    default String id() {
        return switch (this) {
            case Cpu _ -> "cpu";
            case Cuda cuda -> cuda.id;
        };
    }

    static Device cpu() {
        return new Cpu();
    }

    /// The device of that name.
    ///
    /// @param memory of a GPU that each engine may take
    /// @return empty if no device is called so
    static Optional<Device> named(String id, CudaMemory memory) {
        if (id.equals("cpu")) {
            return Optional.of(cpu());
        }
        Matcher cuda = Pattern.compile("cuda:([0-9]{1,3})").matcher(id);
        return cuda.matches() ? Optional.of(new Cuda(Integer.parseInt(cuda.group(1)), memory)) : Optional.empty();
    }
}
