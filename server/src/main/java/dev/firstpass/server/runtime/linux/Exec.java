package dev.firstpass.server.runtime.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;

/// Becoming another program: same process, same parent, same restrictions, no thread of before.
///
/// Pure functions.
public final class Exec {
    private Exec() {}

    /// @param command a program's path and its arguments
    /// @return why it did not work; else it does not return
    public static KernelException become(List<String> command, Map<String, String> environment) {
        try (Arena arena = Arena.ofConfined()) {
            List<String> variables = environment.entrySet().stream()
                    .map(variable -> variable.getKey() + "=" + variable.getValue())
                    .toList();
            long result = Kernel.attempt(
                    SystemCall.EXECVE,
                    arena.allocateFrom(command.getFirst()).address(),
                    texts(command, arena).address(),
                    texts(variables, arena).address());
            return new KernelException(SystemCall.EXECVE, (int) -result);
        }
    }

    /// As C has them: pointers to texts, and one to nothing at the end.
    private static MemorySegment texts(List<String> texts, Arena arena) {
        MemorySegment pointers = arena.allocate(ValueLayout.ADDRESS, texts.size() + 1L);
        for (int i = 0; i < texts.size(); i++) {
            pointers.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(texts.get(i)));
        }
        return pointers;
    }
}
