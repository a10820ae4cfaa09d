package dev.firstpass.server.runtime.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/// The functions of a native library, by name: for those that are not called often enough to be bound by hand.
///
/// Thread-safe.
public final class NativeLibrary {
    /// Of this process.
    static final NativeLibrary C = new NativeLibrary(Linker.nativeLinker().defaultLookup());

    private final SymbolLookup symbols;
    private final ConcurrentMap<String, Function> functions = new ConcurrentHashMap<>();

    /// @param symbols where the library's functions are found for as long as they are called
    public NativeLibrary(SymbolLookup symbols) {
        this.symbols = symbols;
    }

    /// The function of this name; empty if the library has none. Only the first call takes long, some 0.1 ms.
    ///
    /// @param type the same for each call with this name
    public Optional<Function> function(String name, FunctionDescriptor type) {
        Function known = functions.get(name);
        if (known != null) {
            return Optional.of(known);
        }
        return symbols.find(name)
                .map(address -> functions.computeIfAbsent(
                        name, _ -> new Function(name, Linker.nativeLinker().downcallHandle(address, type))));
    }

    /// One of the functions.
    ///
    /// Thread-safe if the function is.
    public record Function(String name, MethodHandle handle) {
        /// Takes some microseconds more than the function does.
        ///
        /// @param arguments of the types that the handle has
        public Object call(Object... arguments) {
            try {
                return handle.invokeWithArguments(arguments);
            } catch (Throwable e) {
                throw new IllegalStateException("a call of " + name + " failed", e);
            }
        }
    }
}
