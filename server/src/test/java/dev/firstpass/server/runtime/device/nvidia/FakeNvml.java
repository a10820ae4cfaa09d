package dev.firstpass.server.runtime.device.nvidia;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An NVML of functions that native code can call: they write what the real one's header says they write.
///
/// For one thread. Who makes it closes it, after all that use it.
public final class FakeNvml implements AutoCloseable {
    /// NVML_ERROR_GPU_IS_LOST, NVML_ERROR_LIB_RM_VERSION_MISMATCH.
    static final int LOST = 15;

    static final int MISMATCH = 18;

    private static final int INVALID = 2;
    private static final int TOO_SMALL = 7;

    private final Arena arena = Arena.ofShared();
    private final List<Gpu> gpus;
    private final Map<String, MemorySegment> functions = new HashMap<>();
    private final Map<String, Integer> failures = new HashMap<>();
    private final List<MemorySegment> handles = new ArrayList<>();
    private int started;

    public FakeNvml(List<Gpu> gpus) {
        this.gpus = List.copyOf(gpus);
        gpus.forEach(_ -> handles.add(arena.allocate(1)));
        add("nvmlInit_v2", "start", int.class);
        add("nvmlShutdown", "stop", int.class);
        add("nvmlSystemGetDriverVersion", "driver", int.class, MemorySegment.class, int.class);
        add("nvmlDeviceGetCount_v2", "count", int.class, MemorySegment.class);
        add("nvmlDeviceGetHandleByIndex_v2", "handle", int.class, int.class, MemorySegment.class);
        add("nvmlDeviceGetName", "name", int.class, MemorySegment.class, MemorySegment.class, int.class);
        add("nvmlDeviceGetUUID", "uuid", int.class, MemorySegment.class, MemorySegment.class, int.class);
        add("nvmlDeviceGetMinorNumber", "node", int.class, MemorySegment.class, MemorySegment.class);
        add("nvmlDeviceGetMemoryInfo", "memory", int.class, MemorySegment.class, MemorySegment.class);
        add("nvmlErrorString", "reason", MemorySegment.class, int.class);
    }

    public record Gpu(String name, String uuid, int node, long total, long free, long used) {}

    public SymbolLookup library() {
        return name -> Optional.ofNullable(functions.get(name));
    }

    /// Opened, as of the system.
    public Nvml open() {
        return Nvml.open(library());
    }

    /// From now on a function answers with an error.
    void fail(String function, int error) {
        failures.put(function, error);
    }

    /// As if the library were older.
    void forget(String function) {
        functions.remove(function);
    }

    /// How many have started it and not ended it.
    public int started() {
        return started;
    }

    private void add(String symbol, String method, Class<?> result, Class<?>... parameters) {
        try {
            MethodHandle target = MethodHandles.lookup()
                    .findVirtual(FakeNvml.class, method, MethodType.methodType(result, parameters))
                    .bindTo(this);
            functions.put(symbol, Linker.nativeLinker().upcallStub(target, type(result, parameters), arena));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static FunctionDescriptor type(Class<?> result, Class<?>... parameters) {
        FunctionDescriptor type = FunctionDescriptor.of(layout(result));
        for (Class<?> parameter : parameters) {
            type = type.appendArgumentLayouts(layout(parameter));
        }
        return type;
    }

    private static ValueLayout layout(Class<?> type) {
        return type == int.class ? ValueLayout.JAVA_INT : ValueLayout.ADDRESS;
    }

    int start() {
        int error = error("nvmlInit_v2");
        started += error == 0 ? 1 : 0;
        return error;
    }

    int stop() {
        started--;
        return 0;
    }

    int driver(MemorySegment out, int bytes) {
        return text("nvmlSystemGetDriverVersion", "550.54.15", out, bytes);
    }

    int count(MemorySegment out) {
        out.reinterpret(Integer.BYTES).set(ValueLayout.JAVA_INT, 0, gpus.size());
        return error("nvmlDeviceGetCount_v2");
    }

    int handle(int index, MemorySegment out) {
        if (index < 0 || index >= gpus.size()) {
            return INVALID;
        }
        out.reinterpret(Long.BYTES).set(ValueLayout.ADDRESS, 0, handles.get(index));
        return error("nvmlDeviceGetHandleByIndex_v2");
    }

    int name(MemorySegment gpu, MemorySegment out, int bytes) {
        return text("nvmlDeviceGetName", gpu(gpu).name(), out, bytes);
    }

    int uuid(MemorySegment gpu, MemorySegment out, int bytes) {
        return text("nvmlDeviceGetUUID", gpu(gpu).uuid(), out, bytes);
    }

    int node(MemorySegment gpu, MemorySegment out) {
        out.reinterpret(Integer.BYTES).set(ValueLayout.JAVA_INT, 0, gpu(gpu).node());
        return error("nvmlDeviceGetMinorNumber");
    }

    /// `nvmlMemory_t`: total, free, used; 24 bytes, and not one more.
    int memory(MemorySegment gpu, MemorySegment out) {
        MemorySegment memory = out.reinterpret(24);
        memory.set(ValueLayout.JAVA_LONG, 0, gpu(gpu).total());
        memory.set(ValueLayout.JAVA_LONG, 8, gpu(gpu).free());
        memory.set(ValueLayout.JAVA_LONG, 16, gpu(gpu).used());
        return error("nvmlDeviceGetMemoryInfo");
    }

    MemorySegment reason(int error) {
        return arena.allocateFrom(error == MISMATCH ? "Driver/library version mismatch" : "GPU is lost");
    }

    private int text(String function, String text, MemorySegment out, int bytes) {
        if (text.length() >= bytes) {
            return TOO_SMALL;
        }
        out.reinterpret(bytes).setString(0, text);
        return error(function);
    }

    private Gpu gpu(MemorySegment handle) {
        for (int i = 0; i < handles.size(); i++) {
            if (handles.get(i).address() == handle.address()) {
                return gpus.get(i);
            }
        }
        throw new IllegalStateException("no GPU has this handle");
    }

    private int error(String function) {
        return failures.getOrDefault(function, 0);
    }

    @Override
    public void close() {
        arena.close();
    }
}
