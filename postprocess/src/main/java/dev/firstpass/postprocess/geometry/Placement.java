package dev.firstpass.postprocess.geometry;

/// Where in a row's image the resized area of the asset lies, in whole pixels; what is around it is padding.
///
/// A side never becomes less than 1 pixel.
///
/// Immutable.
public record Placement(int left, int top, int width, int height) {
    /// As Ultralytics (`LetterBox` in ultralytics/data/augment.py): with `r = min(rowHeight / areaHeight, rowWidth /
    /// areaWidth)`, sides `round(side * r)`, half to even; the space left over is halved, and the left and top part
    /// rounded after 0.1 is taken off, so an odd pixel goes right and down.
    public static Placement letterbox(ImageSize area, ImageSize row) {
        double ratio = ratio(area, row);
        int width = side(Math.rint(area.width() * ratio), row.width());
        int height = side(Math.rint(area.height() * ratio), row.height());
        return new Placement(before(row.width() - width), before(row.height() - height), width, height);
    }

    /// As YOLOX (`preproc` in yolox/data/data_augment.py): sides `trunc(side * r)`, in the top-left corner.
    public static Placement letterboxTopLeft(ImageSize area, ImageSize row) {
        double ratio = ratio(area, row);
        return new Placement(0, 0, side(area.width() * ratio, row.width()), side(area.height() * ratio, row.height()));
    }

    /// The whole row.
    public static Placement stretch(ImageSize row) {
        return new Placement(0, 0, row.width(), row.height());
    }

    private static double ratio(ImageSize area, ImageSize row) {
        return Math.min((double) row.height() / area.height(), (double) row.width() / area.width());
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
    public ImageTransform transform(ImageSize asset, Rect area, ImageSize row) {
        double scaleX = width / area.width();
        double scaleY = height / area.height();
        return ImageTransform.scaling(asset, row, scaleX, scaleY, left - area.x() * scaleX, top - area.y() * scaleY);
    }

    /// The same for the whole asset.
    public ImageTransform transform(ImageSize asset, ImageSize row) {
        return transform(asset, new Rect(0, 0, asset.width(), asset.height()), row);
    }
}
