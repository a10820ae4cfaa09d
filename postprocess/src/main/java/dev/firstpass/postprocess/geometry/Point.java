package dev.firstpass.postprocess.geometry;

/// A position on pixel edges: x right, y down. Which frame it is in (asset pixels or model input) is said by its
/// holder.
///
/// Immutable.
public record Point(double x, double y) {}
