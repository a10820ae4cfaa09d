package dev.firstpass.server;

import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.store.ModelRegistry;
import dev.firstpass.server.runtime.lifecycle.Integrity;
import java.util.Optional;

/// The registry's files.
///
/// Thread-safe; owns nothing.
record RegisteredFiles(ModelRegistry registry) implements Integrity {
    @Override
    public boolean isFar(ModelVersion version) {
        return !registry.isHere(version);
    }

    @Override
    public Optional<String> problem(ModelVersion version) {
        return registry.check(version);
    }
}
