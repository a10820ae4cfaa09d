package dev.firstpass.server.runtime.engine;

import dev.firstpass.server.runtime.linux.NativeLibrary;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/// Memory of the host that stays where it is, so that a GPU reads and writes it by itself: copies from and to other
/// memory go through a buffer of the driver's. CUDA's copies see by the address that memory is pinned; who asks for them
/// need not know (CUDA Runtime API, `cudaHostRegister`).
///
/// All of it takes room in the machine's memory from then on, touched or not.
///
/// For one thread at a time. Who pins it closes it while it is still mapped; a process that ends need not.
public final class PinnedMemory implements AutoCloseable {
    /// Of CUDA 12.
    public static final String LIBRARY = "libcudart.so.12";

    private static final int SUCCESS = 0;

    /// `cudaErrorHostMemoryAlreadyRegistered`
    private static final int PINNED_BEFORE = 712;

    /// For all contexts of the process: an engine may make its own.
    private static final int PORTABLE = 1;

    private static final FunctionDescriptor SET_DEVICE =
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
    private static final FunctionDescriptor REGISTER = FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
    private static final FunctionDescriptor UNREGISTER =
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
    private static final FunctionDescriptor LAST_ERROR = FunctionDescriptor.of(ValueLayout.JAVA_INT);
    private static final FunctionDescriptor ERROR_STRING =
            FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT);

    /// No message of CUDA's is longer.
    private static final long LONGEST_MESSAGE = 1024;

    private final NativeLibrary runtime;
    private final int device;
    private final MemorySegment memory;

    private PinnedMemory(NativeLibrary runtime, int device, MemorySegment memory) {
        this.runtime = runtime;
        this.device = device;
        this.memory = memory;
    }

    /// Pins memory; takes some 0.1 s for each GB.
    ///
    /// @param runtime CUDA's runtime library, as long as what is returned is open
    /// @param device that uses it first, as CUDA counts
    /// @param memory whole pages, mapped until what is returned is closed
    /// @return empty if it is pinned already
    /// @throws EngineException if CUDA refuses, with its words
    public static Optional<PinnedMemory> pin(NativeLibrary runtime, int device, MemorySegment memory) {
        use(runtime, device);
        int result = (int) call(runtime, "cudaHostRegister", REGISTER, memory, memory.byteSize(), PORTABLE);
        if (result == PINNED_BEFORE) {
            forget(runtime);
            return Optional.empty();
        }
        require(runtime, "cudaHostRegister", result);
        return Optional.of(new PinnedMemory(runtime, device, memory));
    }

    /// Else the thread would use the first GPU, and take memory of it.
    private static void use(NativeLibrary runtime, int device) {
        require(runtime, "cudaSetDevice", (int) call(runtime, "cudaSetDevice", SET_DEVICE, device));
    }

    /// An error stays the thread's last one until it is asked for, and whoever asks next takes it for its own.
    private static void forget(NativeLibrary runtime) {
        var _ = call(runtime, "cudaGetLastError", LAST_ERROR);
    }

    private static void require(NativeLibrary runtime, String name, int result) {
        if (result != SUCCESS) {
            forget(runtime);
            MemorySegment message = (MemorySegment) call(runtime, "cudaGetErrorString", ERROR_STRING, result);
            throw new EngineException(name + ": "
                    + (message.equals(MemorySegment.NULL)
                            ? "error " + result
                            : message.reinterpret(LONGEST_MESSAGE).getString(0)));
        }
    }

    private static Object call(NativeLibrary runtime, String name, FunctionDescriptor type, Object... arguments) {
        return runtime.function(name, type)
                .orElseThrow(() -> new EngineException(LIBRARY + " has no " + name))
                .call(arguments);
    }

    /// @throws EngineException if CUDA refuses, as it does after an error that it does not recover from
    @Override
    public void close() {
        use(runtime, device);
        require(runtime, "cudaHostUnregister", (int) call(runtime, "cudaHostUnregister", UNREGISTER, memory));
    }
}
