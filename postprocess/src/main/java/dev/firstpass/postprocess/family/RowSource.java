package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.geometry.Rect;

/// What a row is made from.
///
/// Immutable, all variants.
public sealed interface RowSource {
    /// The whole asset.
    record Whole() implements RowSource {}

    /// A part of the asset, in asset pixels.
    record Crop(Rect area) implements RowSource {}
}
