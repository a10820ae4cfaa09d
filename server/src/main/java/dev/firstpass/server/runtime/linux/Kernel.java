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

/// System calls by number. One function, linked once: to link one takes some ten milliseconds of a process' start, and when
/// a process may not read files any more nothing has to be loaded for a call.
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
                            ValueLayout.ADDRESS,
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
        Optional<Integer> number = find(call);
        if (number.isEmpty()) {
            return -KernelException.NO_SUCH_CALL;
        }
        long[] all = Arrays.copyOf(arguments, MOST_ARGUMENTS);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = newState(arena);
            long result = invoke(
                    state, number.get(), MemorySegment.ofAddress(all[0]), all[1], all[2], all[3], all[4], all[5]);
            return result == -1 ? -(int) ERROR.get(state, 0L) : result;
        }
    }

    /// Makes a call, in the shape for those that are made often.
    ///
    /// @param state from [#newState], where an error goes
    /// @param number of the call on this processor
    /// @param first kept from being closed as long as the call takes
    /// @return -1 if it failed
    static long invoke(
            MemorySegment state,
            long number,
            MemorySegment first,
            long second,
            long third,
            long fourth,
            long fifth,
            long sixth) {
        try {
            return (long) SYSCALL.invokeExact(state, number, first, second, third, fourth, fifth, sixth);
        } catch (Throwable e) {
            throw new IllegalStateException("a system call failed", e);
        }
    }

    /// Room for the error of a call. Threads may share it, if none of them reads it.
    static MemorySegment newState(Arena arena) {
        return arena.allocate(STATE);
    }

    /// A call's number on this processor.
    ///
    /// @throws KernelException if it has none
    static long number(SystemCall call) {
        return find(call).orElseThrow(() -> new KernelException(call, KernelException.NO_SUCH_CALL));
    }

    private static Optional<Integer> find(SystemCall call) {
        return PROCESSOR.filter(call::existsOn).map(call::number);
    }
}
