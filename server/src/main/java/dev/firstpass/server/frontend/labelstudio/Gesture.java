package dev.firstpass.server.frontend.labelstudio;

import java.util.Optional;
import java.util.OptionalDouble;

/// Something that a labeler drew with a smart tool, in percent of the image.
///
/// Immutable.
///
/// @param type of the region: `keypointlabels`
/// @param label that was chosen for it
/// @param width of a rectangle, and `height`, and both radii of an ellipse; a keypoint's is the size of its dot
/// @param originalWidth of the image in pixels, upright
/// @param isPositive whether it is on what is wanted
record Gesture(
        String type,
        Optional<String> label,
        OptionalDouble x,
        OptionalDouble y,
        OptionalDouble width,
        OptionalDouble height,
        OptionalDouble originalWidth,
        OptionalDouble originalHeight,
        boolean isPositive) {}
