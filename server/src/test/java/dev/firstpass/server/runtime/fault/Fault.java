package dev.firstpass.server.runtime.fault;

import dev.firstpass.server.runtime.engine.EngineException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What a [FaultEngine] does to the process it is in.
public enum Fault {
    /// Native code gives up.
    ABORT,
    /// Native code writes where nothing is.
    SEGFAULT,
    /// Native code ends the process without a word.
    EXIT,
    /// Takes memory, and is gone as if the system had ended the process for it.
    HOG,
    /// Fills the Java heap, as code that keeps what it should not.
    HEAP,
    /// Answers, and takes [#SLOW_MILLIS] to it.
    SLOW,
    /// Native code that never returns and uses no processor.
    SLEEP,
    /// Code that never returns and uses one.
    SPIN,
    /// Code that never returns unless it is asked to.
    OBEDIENT_LOOP,
    /// The engine says that it failed.
    EXCEPTION,
    /// The engine says that it failed, from now on at each run of each model in the process.
    SICK,
    /// The answer is not a number.
    NAN,
    /// The answer is whatever bytes.
    GARBAGE;

    public static final long SLOW_MILLIS = 400;

    private static final long CHUNK = 16 << 20;
    private static final int CHUNKS = 16;
    private static final int KILLED = 137;
    private static final int NULL_PAGE = 16;
    private static final int MINUTE = 60;

    /// Whether the process is gone afterwards.
    public boolean isCrash() {
        return switch (this) {
            case ABORT, SEGFAULT, EXIT, HOG, HEAP -> true;
            case SLOW, SLEEP, SPIN, OBEDIENT_LOOP, EXCEPTION, SICK, NAN, GARBAGE -> false;
        };
    }

    /// Whether the run does not end by itself.
    public boolean isHang() {
        return switch (this) {
            case SLEEP, SPIN, OBEDIENT_LOOP -> true;
            case ABORT, SEGFAULT, EXIT, HOG, HEAP, SLOW, EXCEPTION, SICK, NAN, GARBAGE -> false;
        };
    }

    /// Does it, for those faults that are no answers. Returns in no case.
    ///
    /// @throws EngineException where that is the fault
    RuntimeException strike() {
        switch (this) {
            case ABORT -> call("abort", FunctionDescriptor.ofVoid());
            case SEGFAULT -> fill(MemorySegment.ofAddress(NULL_PAGE), 1);
            case EXIT -> exit(0);
            case HOG -> {
                for (int i = 0; i < CHUNKS; i++) {
                    MemorySegment chunk = (MemorySegment)
                            call("malloc", FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG), CHUNK);
                    fill(chunk, CHUNK);
                }
                exit(KILLED);
            }
            case HEAP -> {
                Object[] kept = {};
                while (true) {
                    kept = new Object[] {kept, new long[1 << 20]};
                }
            }
            case SLEEP -> {
                while (true) {
                    call("sleep", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT), MINUTE);
                }
            }
            case SPIN -> {
                while (true) {
                    Thread.onSpinWait();
                }
            }
            case EXCEPTION, SICK -> throw new EngineException("test");
            case SLOW, OBEDIENT_LOOP, NAN, GARBAGE -> {}
        }
        throw new IllegalStateException("still here after " + this);
    }

    private static void exit(int code) {
        call("_exit", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT), code);
    }

    private static void fill(MemorySegment at, long bytes) {
        call(
                "memset",
                FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG),
                at,
                1,
                bytes);
    }

    private static Object call(String name, FunctionDescriptor type, Object... arguments) {
        Linker linker = Linker.nativeLinker();
        try {
            Object result = linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type)
                    .invokeWithArguments(arguments);
            return result == null ? MemorySegment.NULL : result;
        } catch (Throwable e) {
            throw new IllegalStateException(name + " failed", e);
        }
    }
}
