package dev.firstpass.registry;

/// Decides whether a registered version may become AVAILABLE, typically by loading it and running it once.
///
/// Called on the registering thread with no lock held that readers or alias moves need; it may take seconds. An
/// implementation must take concurrent calls for different versions.
@FunctionalInterface
public interface Validator {
    /// Finds nothing wrong with any version.
    Validator NONE = _ -> {};

    /// Returns if the version works.
    ///
    /// @throws RuntimeException if it does not: the version becomes FAILED and the message is kept as the
    ///     reason, so it must hold no path, stack or address
    void validate(ModelVersion version);
}
