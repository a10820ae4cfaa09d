package dev.firstpass.server;

import dev.firstpass.server.frontend.ReadinessProbe;
import java.util.function.BooleanSupplier;

/// A server is ready once all that it has to load at its start is loaded, or known not to load, and from then on. A model that
/// comes later loads while the others are served: were the server not ready meanwhile, nobody would be sent to it, nor to any
/// other that shares its registry, since all of them load the model at about the same time.
///
/// Thread-safe.
final class Startup implements ReadinessProbe {
    private final BooleanSupplier isSettled;
    private volatile boolean isOver;

    /// @param isSettled whether nothing that an alias means is yet to be loaded
    Startup(BooleanSupplier isSettled) {
        this.isSettled = isSettled;
    }

    @Override
    public boolean isReady() {
        if (!isOver && isSettled.getAsBoolean()) {
            isOver = true;
        }
        return isOver;
    }
}
