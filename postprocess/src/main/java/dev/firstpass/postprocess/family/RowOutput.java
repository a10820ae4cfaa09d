package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.tensor.RawOutputs;

/// What one row got, and how the row's pixels lie in the asset.
///
/// Lives as long as `outputs` is open; not closed and not kept by a family.
///
/// @param transform asset pixels to the pixels of the row
public record RowOutput(RawOutputs outputs, ImageTransform transform) {}
