package dev.firstpass.server.runtime.engine.onnx;

import ai.onnxruntime.OrtSession;
import dev.firstpass.server.runtime.engine.EngineException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;

/// What ONNX Runtime's C interface has and its Java interface has not: who makes the threads of a session.
///
/// The C interface is a table of functions, which is only ever added to: version 10 of it, from 2021, is the beginning
/// of every later one's.
///
/// Pure functions, once the library is loaded.
final class ThreadHooks {
    private static final int VERSION = 10;

    /// Indices of `SessionOptionsSetCustomCreateThreadFn` and `SessionOptionsSetCustomJoinThreadFn`.
    private static final int SET_CREATE = 196;

    private static final int SET_JOIN = 198;
    private static final int FUNCTIONS = 204;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final FunctionDescriptor GETTER = FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
    private static final FunctionDescriptor SETTER =
            FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.ADDRESS);

    private ThreadHooks() {}

    /// Has sessions that are opened with these options get threads from `create`, and end them by `join`.
    ///
    /// @param create `OrtCustomCreateThreadFn`
    /// @param join `OrtCustomJoinThreadFn`
    /// @throws EngineException if the library does not take it
    /// @throws ReflectiveOperationException if its Java interface keeps options otherwise
    static void set(OrtSession.SessionOptions options, MemorySegment create, MemorySegment join)
            throws ReflectiveOperationException {
        MemorySegment handle = handle(options);
        MemorySegment functions = functions();
        set(functions, SET_CREATE, handle, create);
        set(functions, SET_JOIN, handle, join);
    }

    private static MemorySegment handle(OrtSession.SessionOptions options) throws ReflectiveOperationException {
        long address = (long) MethodHandles.privateLookupIn(OrtSession.SessionOptions.class, MethodHandles.lookup())
                .findVarHandle(OrtSession.SessionOptions.class, "nativeHandle", long.class)
                .get(options);
        return MemorySegment.ofAddress(address);
    }

    private static MemorySegment functions() {
        try {
            MethodHandle base = LINKER.downcallHandle(
                    SymbolLookup.loaderLookup().findOrThrow("OrtGetApiBase"),
                    FunctionDescriptor.of(ValueLayout.ADDRESS));
            MemorySegment getter = ((MemorySegment) base.invokeExact())
                    .reinterpret(ValueLayout.ADDRESS.byteSize())
                    .get(ValueLayout.ADDRESS, 0);
            MemorySegment table =
                    (MemorySegment) LINKER.downcallHandle(getter, GETTER).invokeExact(VERSION);
            return table.reinterpret(FUNCTIONS * ValueLayout.ADDRESS.byteSize());
        } catch (Throwable e) {
            throw new EngineException("ONNX Runtime's C interface is not there: " + e.getMessage(), e);
        }
    }

    private static void set(MemorySegment functions, int index, MemorySegment options, MemorySegment function) {
        MemorySegment status;
        try {
            status = (MemorySegment) LINKER.downcallHandle(functions.getAtIndex(ValueLayout.ADDRESS, index), SETTER)
                    .invokeExact(options, function);
        } catch (Throwable e) {
            throw new EngineException("ONNX Runtime cannot be given threads: " + e.getMessage(), e);
        }
        if (status.address() != 0) {
            throw new EngineException("ONNX Runtime takes no threads");
        }
    }
}
