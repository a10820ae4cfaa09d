package dev.firstpass.registry.audit;

/// What a look through the whole audit has found.
///
/// Immutable, all variants.
public sealed interface AuditVerdict {
    /// Every line is as it was written, and none is missing.
    record Whole(AuditHead head) implements AuditVerdict {}

    /// The audit was altered.
    ///
    /// @param line the first one that is not as it must be
    /// @param problem what is wrong with it, in words
    record Broken(long line, String problem) implements AuditVerdict {}
}
