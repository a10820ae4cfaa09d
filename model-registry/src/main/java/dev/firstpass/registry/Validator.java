package dev.firstpass.registry;

import dev.firstpass.registry.ProgressListener.Step;

/// Decides whether a registered version may become AVAILABLE, typically by loading it and running it.
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

    /// The same, telling how far it is with [Step#VALIDATING].
    default void validate(ModelVersion version, ProgressListener progress) {
        progress.progress(Step.VALIDATING, 0, 1);
        validate(version);
        progress.progress(Step.VALIDATING, 1, 1);
    }
}
