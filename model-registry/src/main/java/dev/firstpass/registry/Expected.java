package dev.firstpass.registry;

/// What a compare-and-set move of an alias expects to find.
///
/// Immutable, all variants.
public sealed interface Expected {
    /// Whatever is there.
    record Anything() implements Expected {}

    /// No alias of that name.
    record Absent() implements Expected {}

    /// The alias at this version.
    record AtVersion(long number) implements Expected {}
}
