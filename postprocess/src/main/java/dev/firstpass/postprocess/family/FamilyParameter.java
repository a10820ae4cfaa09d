package dev.firstpass.postprocess.family;

/// What a model family wants to know of a model beyond names, shapes and classes, as a manifest says it:
/// `parameters: {unclipRatio: 1.5}`.
///
/// Immutable.
///
/// @param name letters, digits and `-`, a letter first; camel case as the manifest's other keys
/// @param description one line, with the unit and what may stand there
/// @param byDefault the value where a manifest says none, as text; empty where there is none. It never changes from
///     release to release, since versions that leave it to the default are registered under their digest
public record FamilyParameter(String name, String description, String byDefault) {}
