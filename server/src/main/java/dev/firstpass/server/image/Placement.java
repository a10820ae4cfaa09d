package dev.firstpass.server.image;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.InputSpec;

/// Where in a row's image the resized area of the asset lies, in whole pixels; what is around it is padding.
///
/// Immutable.
record Placement(int left, int top, int width, int height) {
    /// The arithmetic of each mode, with `r = min(rowHeight / areaHeight, rowWidth / areaWidth)`:
    ///
    /// - LETTERBOX, as Ultralytics: sides `round(side * r)`, half to even; the space left over is halved, and the
    ///   left and top part rounded after 0.1 is taken off, so an odd pixel goes right and down.
    /// - LETTERBOX_TOP_LEFT, as YOLOX: sides `trunc(side * r)`.
    /// - STRETCH: the whole row.
    ///
    /// A side never becomes less than 1 pixel.
    static Placement of(InputSpec.Resize resize, ImageSize area, ImageSize row) {
        double ratio = Math.min((double) row.height() / area.height(), (double) row.width() / area.width());
        return switch (resize) {
            case LETTERBOX -> {
                int width = side(Math.rint(area.width() * ratio), row.width());
                int height = side(Math.rint(area.height() * ratio), row.height());
                yield new Placement(before(row.width() - width), before(row.height() - height), width, height);
            }
            case LETTERBOX_TOP_LEFT ->
                new Placement(0, 0, side(area.width() * ratio, row.width()), side(area.height() * ratio, row.height()));
            case STRETCH -> new Placement(0, 0, row.width(), row.height());
        };
    }

    private static int side(double scaled, int most) {
        return Math.clamp((long) scaled, 1, most);
    }

    private static int before(int spare) {
        return (int) Math.rint(spare / 2.0 - 0.1);
    }

    /// The map from the asset's pixels to the row's, exact on pixel edges: the edges of `area` come to lie on the
    /// edges of this placement. (Ultralytics' own way back divides by `r` instead and so forgets that sides were
    /// rounded; it is off by up to half a row pixel at the far edge.)
    ///
    /// Asymmetric sampling moves the picture against these edges by half the difference between the sides of an
    /// asset pixel and a row pixel. That is left out on purpose: models that are fed this way were trained this
    /// way, with boxes scaled by the plain ratio.
    ///
    /// @param area whole asset pixels
    ImageTransform transform(ImageSize asset, Rect area, ImageSize row) {
        double scaleX = width / area.width();
        double scaleY = height / area.height();
        return ImageTransform.scaling(asset, row, scaleX, scaleY, left - area.x() * scaleX, top - area.y() * scaleY);
    }
}
