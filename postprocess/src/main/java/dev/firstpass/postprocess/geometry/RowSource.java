package dev.firstpass.postprocess.geometry;

/// What a row is made from.
///
/// Immutable, all variants.
public sealed interface RowSource {
    /// The whole asset.
    record Whole() implements RowSource {}

    /// A part of the asset, in asset pixels.
    record Crop(Rect area) implements RowSource {}

    /// A part of the asset, in asset pixels, turned until it is upright: the rectangle's top-left corner before its own turn becomes
    /// the row's. What of it lies outside of the asset shows the asset's edge.
    record Turned(RotatedRect area) implements RowSource {}
}
