package dev.firstpass.server.runtime.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.runtime.linux.NativeLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Against a runtime library of CUDA's that is made of Java: its functions are called as C calls them.
final class PinnedMemoryTest {
    private static final long PAGE = 4096;

    private final Arena arena = Arena.ofShared();

    @AfterEach
    void free() {
        arena.close();
    }

    @Test
    void memoryIsPinnedForAllContextsOfTheGpuAndLetGoAgain() throws ReflectiveOperationException {
        MemorySegment memory = arena.allocate(4 * PAGE, PAGE);
        FakeCuda cuda = new FakeCuda(arena, 0);
        PinnedMemory.pin(cuda.library(), 3, memory).orElseThrow().close();
        assertEquals(
                List.of(
                        "device 3",
                        "register " + memory.address() + " " + 4 * PAGE + " portable",
                        "device 3",
                        "unregister " + memory.address()),
                cuda.calls);
    }

    @Test
    void whatCudaRefusesIsSaidInItsWords() throws ReflectiveOperationException {
        FakeCuda cuda = new FakeCuda(arena, 2);
        EngineException refused = assertThrows(
                EngineException.class, () -> PinnedMemory.pin(cuda.library(), 0, arena.allocate(PAGE, PAGE)));
        assertEquals("cudaHostRegister: out of memory", refused.getMessage());
        assertEquals("forgotten", cuda.calls.getLast());
    }

    @Test
    void memoryThatIsPinnedIsLeftToWhoPinnedIt() throws ReflectiveOperationException {
        FakeCuda cuda = new FakeCuda(arena, 712);
        assertTrue(
                PinnedMemory.pin(cuda.library(), 0, arena.allocate(PAGE, PAGE)).isEmpty());
        assertEquals("forgotten", cuda.calls.getLast());
    }

    @Test
    void aLibraryWithoutTheFunctionIsNamed() {
        EngineException refused = assertThrows(
                EngineException.class,
                () -> PinnedMemory.pin(new NativeLibrary(SymbolLookup.loaderLookup()), 0, arena.allocate(PAGE, PAGE)));
        assertEquals("libcudart.so.12 has no cudaSetDevice", refused.getMessage());
    }

    /// For one thread. Its functions are found by their names.
    @SuppressWarnings("UnusedMethod")
    private static final class FakeCuda {
        private final Arena arena;
        private final int registers;
        private final List<String> calls = new ArrayList<>();
        private final Map<String, MemorySegment> symbols = new HashMap<>();

        /// @param registers what `cudaHostRegister` returns
        FakeCuda(Arena arena, int registers) throws ReflectiveOperationException {
            this.arena = arena;
            this.registers = registers;
            add("cudaSetDevice", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
            add(
                    "cudaHostRegister",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
            add("cudaHostUnregister", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
            add("cudaGetLastError", FunctionDescriptor.of(ValueLayout.JAVA_INT));
            add("cudaGetErrorString", FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        }

        private void add(String name, FunctionDescriptor type) throws ReflectiveOperationException {
            MethodType java = type.toMethodType();
            symbols.put(
                    name,
                    Linker.nativeLinker()
                            .upcallStub(
                                    MethodHandles.lookup()
                                            .findVirtual(FakeCuda.class, name, java)
                                            .bindTo(this),
                                    type,
                                    arena));
        }

        NativeLibrary library() {
            return new NativeLibrary(name -> Optional.ofNullable(symbols.get(name)));
        }

        int cudaGetLastError() {
            calls.add("forgotten");
            return registers;
        }

        int cudaSetDevice(int device) {
            calls.add("device " + device);
            return 0;
        }

        int cudaHostRegister(MemorySegment memory, long bytes, int flags) {
            calls.add("register " + memory.address() + " " + bytes + (flags == 1 ? " portable" : " " + flags));
            return registers;
        }

        int cudaHostUnregister(MemorySegment memory) {
            calls.add("unregister " + memory.address());
            return 0;
        }

        MemorySegment cudaGetErrorString(int error) {
            return arena.allocateFrom(error == 2 ? "out of memory" : "unknown error");
        }
    }
}
