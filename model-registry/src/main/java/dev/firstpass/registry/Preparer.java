package dev.firstpass.registry;

import java.util.Optional;

/// Gets a version ready to serve on this server, because an alias is about to name it on another one.
///
/// Thread-safe. Takes as long as a load.
@FunctionalInterface
public interface Preparer {
    /// @return why it cannot be, in words that anybody may read; empty if it is ready
    Optional<String> prepare(ModelVersion version);
}
