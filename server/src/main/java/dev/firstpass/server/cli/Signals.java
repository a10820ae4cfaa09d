package dev.firstpass.server.cli;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// Signals that ask this process to end: TERM, of Kubernetes and systemd, INT, of Ctrl-C, and HUP, of a terminal that
/// closes. While it is open they end nothing, but are told; a signal that the process was started to ignore, as a shell
/// does in the background, stays ignored.
///
/// A shutdown hook would not do: it hears of the first signal only, and the process then ends with 128 and the signal's
/// number, which supervisors take for a failure. `sun.misc.Signal` is what the JDK has for this, in a module that is
/// documented (`jdk.unsupported`); it is called by name because the compiler warns of each use in a way that nothing quells.
///
/// Opened and closed by one thread; the listener is called on threads of the JVM's, one at a time for each kind of signal.
final class Signals implements AutoCloseable {
    private static final List<String> NAMES = List.of("TERM", "INT", "HUP");

    private final Deque<Runnable> before = new ArrayDeque<>();

    private Signals() {}

    /// @param listener called at each signal; it must not throw
    static Signals tell(Runnable listener) {
        Signals signals = new Signals();
        for (String name : NAMES) {
            signals.tell(name, listener);
        }
        return signals;
    }

    private void tell(String name, Runnable listener) {
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        try {
            Class<?> type = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            MethodHandle handle =
                    lookup.findStatic(type, "handle", MethodType.methodType(handlerType, type, handlerType));
            Object signal = lookup.findConstructor(type, MethodType.methodType(void.class, String.class))
                    .invoke(name);
            MethodHandle run = lookup.findVirtual(Runnable.class, "run", MethodType.methodType(void.class))
                    .bindTo(listener);
            Object handler =
                    MethodHandleProxies.asInterfaceInstance(handlerType, MethodHandles.dropArguments(run, 0, type));
            Object old = handle.invoke(signal, handler);
            before.push(() -> restore(handle, signal, old));
        } catch (Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(
                    "signal " + name + ": cannot be handled (is the module jdk.unsupported there?)", e);
        }
    }

    private static void restore(MethodHandle handle, Object signal, Object old) {
        try {
            var _ = handle.invoke(signal, old);
        } catch (Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(signal + ": cannot be handled as before", e);
        }
    }

    /// Signals do again what they did before.
    @Override
    public void close() {
        while (!before.isEmpty()) {
            before.pop().run();
        }
    }
}
