package dev.firstpass.server;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.store.ModelRegistry;
import java.util.List;
import java.util.function.Predicate;

/// Which versions the settings pin. What a name or an alias means is looked up each time, in memory.
///
/// Thread-safe; owns nothing.
record Pins(ModelRegistry registry, List<ModelRef> refs) implements Predicate<ModelRef.Numbered> {
    @Override
    public boolean test(ModelRef.Numbered version) {
        return refs.stream().anyMatch(ref -> means(ref, version));
    }

    private boolean means(ModelRef ref, ModelRef.Numbered version) {
        try {
            return ref.name().equals(version.name())
                    && registry.resolve(ref).ref().equals(version);
        } catch (RegistryException e) {
            // It may be registered, or the alias made, later.
            return false;
        }
    }
}
