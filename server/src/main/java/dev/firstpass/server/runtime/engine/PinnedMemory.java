package dev.firstpass.server.runtime.engine;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
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

    private static final Linker LINKER = Linker.nativeLinker();
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

    private final SymbolLookup runtime;
    private final int device;
    private final MemorySegment memory;

    private PinnedMemory(SymbolLookup runtime, int device, MemorySegment memory) {
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
    public static Optional<PinnedMemory> pin(SymbolLookup runtime, int device, MemorySegment memory) {
        use(runtime, device);
        MethodHandle register = function(runtime, "cudaHostRegister", REGISTER);
        int result = (int) call(register, memory, memory.byteSize(), PORTABLE);
        if (result == PINNED_BEFORE) {
            forget(runtime);
            return Optional.empty();
        }
        require(runtime, "cudaHostRegister", result);
        return Optional.of(new PinnedMemory(runtime, device, memory));
    }

    /// Else the thread would use the first GPU, and take memory of it.
    private static void use(SymbolLookup runtime, int device) {
        require(runtime, "cudaSetDevice", (int) call(function(runtime, "cudaSetDevice", SET_DEVICE), device));
    }

    /// An error stays the thread's last one until it is asked for, and whoever asks next takes it for its own.
    private static void forget(SymbolLookup runtime) {
        var _ = call(function(runtime, "cudaGetLastError", LAST_ERROR));
    }

    private static void require(SymbolLookup runtime, String name, int result) {
        if (result != SUCCESS) {
            forget(runtime);
            MemorySegment message = (MemorySegment) call(function(runtime, "cudaGetErrorString", ERROR_STRING), result);
            throw new EngineException(name + ": "
                    + (message.equals(MemorySegment.NULL)
                            ? "error " + result
                            : message.reinterpret(LONGEST_MESSAGE).getString(0)));
        }
    }

    private static MethodHandle function(SymbolLookup runtime, String name, FunctionDescriptor type) {
        return LINKER.downcallHandle(
                runtime.find(name).orElseThrow(() -> new EngineException(LIBRARY + " has no " + name)), type);
    }

    private static Object call(MethodHandle function, Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new IllegalStateException("a call into CUDA failed", e);
        }
    }

    /// @throws EngineException if CUDA refuses, as it does after an error that it does not recover from
    @Override
    public void close() {
        use(runtime, device);
        require(runtime, "cudaHostUnregister", (int) call(function(runtime, "cudaHostUnregister", UNREGISTER), memory));
    }
}
