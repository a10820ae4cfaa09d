package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Point;

/// How a map that a model laid over its row's image, whatever its resolution, lies on the asset.
///
/// Immutable.
///
/// @param size of the map in cells
record MapPlace(ImageSize size, ImageTransform transform) {
    /// Map coordinates (edges: the whole map is [0,w] x [0,h]) to asset pixels.
    Point toAsset(Point point) {
        return transform.toAsset(new Point(
                point.x() * transform.input().width() / size.width(),
                point.y() * transform.input().height() / size.height()));
    }

    /// The column of cells, counted from centre to centre, that a place of the input lies at.
    double columnOf(double inputX) {
        return Math.clamp(inputX * size.width() / transform.input().width() - 0.5, 0.0, size.width() - 1.0);
    }

    /// The same for rows.
    double rowOf(double inputY) {
        return Math.clamp(inputY * size.height() / transform.input().height() - 0.5, 0.0, size.height() - 1.0);
    }

    /// Whether rows and columns of the asset lie along those of the map.
    boolean isStraight() {
        return transform.xy() == 0 && transform.yx() == 0;
    }
}
