package dev.firstpass.registry.store;

import dev.firstpass.registry.RegistryEvent;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Those who want to hear of changes.
///
/// Thread-safe; they are called on the thread that tells.
final class Listeners {
    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

    private final List<Consumer<RegistryEvent>> listeners = new CopyOnWriteArrayList<>();

    /// @return ends the calls when closed
    ModelRegistry.Subscription add(Consumer<RegistryEvent> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /// Calls them all. What one throws is logged and keeps nothing from the others.
    void tell(RegistryEvent event) {
        for (Consumer<RegistryEvent> listener : listeners) {
            try {
                listener.accept(event);
            } catch (RuntimeException e) {
                LOG.error("a listener failed on {}", event.name().qualified(), e);
            }
        }
    }
}
