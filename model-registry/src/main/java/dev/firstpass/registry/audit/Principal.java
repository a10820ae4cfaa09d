package dev.firstpass.registry.audit;

/// Who asks for changes of the registry, as the audit names them: bound to the thread that makes the change, for as long as the change
/// takes. A thread that is started meanwhile has to be told anew.
///
/// Pure functions.
public final class Principal {
    /// Whoever runs this process, where nobody is told apart.
    public static final String LOCAL = "local";

    private static final ScopedValue<String> CURRENT = ScopedValue.newInstance();

    private Principal() {}

    /// Does work as somebody.
    ///
    /// @throws X what the work throws
    public static <T, X extends Throwable> T call(String principal, ScopedValue.CallableOp<? extends T, X> work)
            throws X {
        return ScopedValue.where(CURRENT, principal).call(work);
    }

    /// As whom the calling thread works.
    public static String current() {
        return CURRENT.orElse(LOCAL);
    }
}
