package dev.firstpass.registry.validation;

/// One thing that was looked at.
///
/// Immutable.
///
/// @param name of what was looked at, for instance `batches`
/// @param detail what was found, in a line that anybody may read: no path, no stack, no address
public record Check(String name, Outcome outcome, String detail) {
    /// How it came out.
    public enum Outcome {
        PASSED,
        /// Something to know that does not keep the version from serving.
        NOTED,
        /// The version does not serve.
        FAILED,
        /// Not looked at.
        SKIPPED
    }
}
