package dev.firstpass.server.runtime.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// The C library of this process.
///
/// Pure functions.
final class CLibrary {
    private CLibrary() {}

    /// A function of it; empty where this one has none of that name.
    static Optional<MethodHandle> function(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup().find(name).map(symbol -> linker.downcallHandle(symbol, type));
    }

    /// Calls what is not called often.
    static Object call(MethodHandle function, Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    static IllegalStateException failed(Throwable e) {
        return new IllegalStateException("a call into the C library failed", e);
    }
}
