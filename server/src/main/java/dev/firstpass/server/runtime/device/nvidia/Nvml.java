package dev.firstpass.server.runtime.device.nvidia;

import dev.firstpass.server.runtime.linux.NativeLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// NVML, the library of NVIDIA's driver by which `nvidia-smi` asks about GPUs. It opens no CUDA context, so it takes nothing
/// of a GPU's memory.
///
/// GPUs are counted from 0 by their place on the PCI bus, whatever `CUDA_VISIBLE_DEVICES` says.
///
/// Thread-safe. Who opens it closes it; the library itself stays loaded.
public final class Nvml implements AutoCloseable {
    private static final String LIBRARY = "libnvidia-ml.so.1";
    private static final int TEXT_BYTES = 96;
    private static final int SUCCESS = 0;
    private static final long MOST_OF_A_REASON = 1024;

    private static final FunctionDescriptor PLAIN = FunctionDescriptor.of(ValueLayout.JAVA_INT);
    private static final FunctionDescriptor INTO = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
    private static final FunctionDescriptor TEXT =
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
    private static final FunctionDescriptor BY_INDEX =
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
    private static final FunctionDescriptor OF_DEVICE =
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS);
    private static final FunctionDescriptor TEXT_OF_DEVICE =
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
    private static final FunctionDescriptor ERROR = FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT);

    /// `nvmlMemory_t`, of the function's first version.
    private static final StructLayout MEMORY = MemoryLayout.structLayout(
            ValueLayout.JAVA_LONG.withName("total"),
            ValueLayout.JAVA_LONG.withName("free"),
            ValueLayout.JAVA_LONG.withName("used"));

    private final NativeLibrary library;

    private Nvml(NativeLibrary library) {
        this.library = library;
    }

    /// @param index of NVML's count
    /// @param uuid `GPU-` and 32 digits in groups
    /// @param node number of its device file, `/dev/nvidia0` for 0
    public record Gpu(int index, String name, String uuid, int node) {}

    /// @param usedBytes by all processes together, with what the driver keeps for itself
    public record Memory(long totalBytes, long freeBytes, long usedBytes) {}

    /// Loads the library, and starts it, which takes up to a second where no GPU is in use.
    ///
    /// @return empty where there is none
    /// @throws NvmlException if there is one and it does not start
    public static Optional<Nvml> open() {
        try {
            return Optional.of(open(SymbolLookup.libraryLookup(LIBRARY, Arena.global())));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /// Starts a library that is loaded.
    ///
    /// @throws NvmlException if it does not start
    static Nvml open(SymbolLookup library) {
        Nvml nvml = new Nvml(new NativeLibrary(library));
        nvml.call("nvmlInit_v2", PLAIN);
        return nvml;
    }

    /// For instance `550.54.15`.
    ///
    /// @throws NvmlException if it does not tell
    public String driverVersion() {
        return text(bytes -> call("nvmlSystemGetDriverVersion", TEXT, bytes, TEXT_BYTES));
    }

    /// All GPUs, in order.
    ///
    /// @throws NvmlException if it does not tell
    public List<Gpu> gpus() {
        return IntStream.range(0, count()).mapToObj(this::gpu).toList();
    }

    /// The GPU of this name; empty if it has none of it, or several, and for a part of one.
    ///
    /// @throws NvmlException if it does not tell
    public Optional<Gpu> find(GpuName name) {
        return switch (name) {
            case GpuName.Index one -> one.index() < count() ? Optional.of(gpu(one.index())) : Optional.empty();
            case GpuName.Uuid uuid -> {
                List<Gpu> found = gpus().stream()
                        .filter(gpu -> gpu.uuid()
                                .regionMatches(
                                        true, 0, uuid.text(), 0, uuid.text().length()))
                        .toList();
                yield found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
            }
            case GpuName.Part _ -> Optional.empty();
        };
    }

    /// A GPU's memory now.
    ///
    /// @throws NvmlException if it does not tell
    public Memory memory(Gpu gpu) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(MEMORY);
            call("nvmlDeviceGetMemoryInfo", OF_DEVICE, handle(gpu.index), memory);
            return new Memory(field(memory, "total"), field(memory, "free"), field(memory, "used"));
        }
    }

    private static long field(MemorySegment memory, String name) {
        return memory.get(ValueLayout.JAVA_LONG, MEMORY.byteOffset(PathElement.groupElement(name)));
    }

    private int count() {
        return number(out -> call("nvmlDeviceGetCount_v2", INTO, out));
    }

    private Gpu gpu(int index) {
        MemorySegment gpu = handle(index);
        return new Gpu(
                index,
                text(out -> call("nvmlDeviceGetName", TEXT_OF_DEVICE, gpu, out, TEXT_BYTES)),
                text(out -> call("nvmlDeviceGetUUID", TEXT_OF_DEVICE, gpu, out, TEXT_BYTES)),
                number(out -> call("nvmlDeviceGetMinorNumber", OF_DEVICE, gpu, out)));
    }

    /// Where the library keeps what it knows of a GPU; nobody looks into it.
    private MemorySegment handle(int index) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
            call("nvmlDeviceGetHandleByIndex_v2", BY_INDEX, index, out);
            return out.get(ValueLayout.ADDRESS, 0);
        }
    }

    private static int number(Consumer<MemorySegment> question) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocate(ValueLayout.JAVA_INT);
            question.accept(number);
            return number.get(ValueLayout.JAVA_INT, 0);
        }
    }

    private static String text(Consumer<MemorySegment> question) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(TEXT_BYTES);
            question.accept(text);
            return text.getString(0);
        }
    }

    private void call(String name, FunctionDescriptor type, Object... arguments) {
        int result = (int) invoke(name, type, arguments);
        if (result != SUCCESS) {
            throw new NvmlException(name + ": " + reason(result));
        }
    }

    private String reason(int result) {
        MemorySegment text = (MemorySegment) invoke("nvmlErrorString", ERROR, result);
        return text.reinterpret(MOST_OF_A_REASON).getString(0) + " (" + result + ")";
    }

    private Object invoke(String name, FunctionDescriptor type, Object... arguments) {
        return library.function(name, type)
                .orElseThrow(
                        () -> new NvmlException(name + " is missing (expected: an NVIDIA driver of R525 or newer)"))
                .call(arguments);
    }

    @Override
    public void close() {
        call("nvmlShutdown", PLAIN);
    }
}
