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
    /// @throws BrokenOffException if it was not tried to its end: the version is REGISTERED again, and nothing is said of it
    /// @throws RuntimeException if it does not: the version becomes FAILED and the message is kept as the
    ///     reason, so it must hold no path, stack or address
    void validate(ModelVersion version);

    /// The same, telling how far it is with [Step#VALIDATING].
    default void validate(ModelVersion version, ProgressListener progress) {
        progress.progress(Step.VALIDATING, 0, 1);
        validate(version);
        progress.progress(Step.VALIDATING, 1, 1);
    }

    /// A trial was broken off, by whoever asked for it or since the server goes down: that says nothing of the version.
    final class BrokenOffException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final RuntimeException answer;

        /// @param answer what whoever asked for the trial gets
        public BrokenOffException(RuntimeException answer) {
            super(answer);
            this.answer = answer;
        }

        public RuntimeException answer() {
            return answer;
        }
    }
}
