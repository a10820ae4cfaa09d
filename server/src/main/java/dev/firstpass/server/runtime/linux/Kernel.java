package dev.firstpass.server.runtime.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Optional;

/// System calls by number. One function, linked once, so that nothing has to be loaded for a call when a process may not
/// read files any more.
///
/// Pure functions.
final class Kernel {
    private static final int MOST_ARGUMENTS = 6;
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERROR = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle SYSCALL = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG),
                    Linker.Option.firstVariadicArg(1),
                    Linker.Option.captureCallState("errno"));
    private static final Optional<Processor> PROCESSOR = Processor.current();

    private Kernel() {}

    /// Makes a call that must work.
    ///
    /// @param arguments numbers, and addresses of memory that is there as long as the call takes
    /// @return never negative
    /// @throws KernelException if the kernel refuses it
    static long call(SystemCall call, long... arguments) {
        long result = attempt(call, arguments);
        if (result < 0) {
            throw new KernelException(call, (int) -result);
        }
        return result;
    }

    /// Makes a call.
    ///
    /// @param arguments numbers, and addresses of memory that is there as long as the call takes
    /// @return its result; if it failed, the error as a negative number
    static long attempt(SystemCall call, long... arguments) {
        if (PROCESSOR.isEmpty() || !call.existsOn(PROCESSOR.get())) {
            return -KernelException.NO_SUCH_CALL;
        }
        long[] all = Arrays.copyOf(arguments, MOST_ARGUMENTS);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            long number = call.number(PROCESSOR.get());
            long result = (long) SYSCALL.invokeExact(state, number, all[0], all[1], all[2], all[3], all[4], all[5]);
            return result == -1 ? -(int) ERROR.get(state, 0L) : result;
        } catch (Throwable e) {
            throw CLibrary.failed(e);
        }
    }
}
