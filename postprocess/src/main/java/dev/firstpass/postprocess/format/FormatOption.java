package dev.firstpass.postprocess.format;

/// An option of a label format, as users type it: `format-options=from_name:label`.
///
/// Immutable.
public record FormatOption(String name, String description, String byDefault) {}
