package dev.firstpass.postprocess.geometry;

/// Where in a row's image the resized area of the asset lies, in whole pixels; what is around it is padding, and what of it
/// lies outside of the row is not shown.
///
/// A side never becomes less than 1 pixel.
///
/// Immutable.
public record Placement(int left, int top, int width, int height) {
    /// Of an area longer than this many rows only the middle is looked at.
    private static final int MOST_ROWS = 4;

    /// So that 240 / (240 / 255) is 255.
    private static final double ROUNDING = 1e-6;

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

    /// As Segment Anything (`ResizeLongestSide` in segment_anything/utils/transforms.py): sides `trunc(side * r + 0.5)`, in the
    /// top-left corner.
    public static Placement longestSide(ImageSize area, ImageSize row) {
        double ratio = ratio(area, row);
        return new Placement(
                0, 0, side(area.width() * ratio + 0.5, row.width()), side(area.height() * ratio + 0.5, row.height()));
    }

    /// The whole row.
    public static Placement stretch(ImageSize row) {
        return new Placement(0, 0, row.width(), row.height());
    }

    /// As torchvision (`Resize`, then `CenterCrop`): the shorter side becomes `floor(rowSide / share)`, the other one `trunc(side *
    /// r)`, and the row shows the middle: `round((side - rowSide) / 2)` pixels are cut off on the left and at the top, half to
    /// even. In rows that are not square, the side counts as the shorter one that has to be scaled more.
    ///
    /// @param share of the resized area's shorter side that is shown, above 0 and at most 1
    public static Placement centreCrop(ImageSize area, ImageSize row, double share) {
        long across = (long) (row.width() / share + ROUNDING);
        long down = (long) (row.height() / share + ROUNDING);
        boolean isByWidth = across * area.height() >= down * area.width();
        long width = isByWidth ? across : Math.max(across, down * area.width() / area.height());
        long height = isByWidth ? Math.max(down, across * area.height() / area.width()) : down;
        return new Placement(-before(width, row.width()), -before(height, row.height()), whole(width), whole(height));
    }

    private static int before(long side, int shown) {
        return (int) Math.rint((side - shown) / 2.0);
    }

    private static int whole(long side) {
        return (int) Math.min(side, Integer.MAX_VALUE);
    }

    /// The middle of an area that is more than four times as long as a row of its width would be; else the area. As many whole
    /// pixels go on both sides, so the middle stays where it is. (Else a strip would become an image of any size, of which a crop
    /// shows next to nothing.)
    public static Rect middle(Rect area, ImageSize row) {
        double across = Math.ceil(MOST_ROWS * area.height() * row.width() / row.height());
        double down = Math.ceil(MOST_ROWS * area.width() * row.height() / row.width());
        double left = Math.max(0, Math.floor((area.width() - across) / 2));
        double top = Math.max(0, Math.floor((area.height() - down) / 2));
        return new Rect(area.x() + left, area.y() + top, area.width() - 2 * left, area.height() - 2 * top);
    }

    /// What of this lies within a row.
    public Placement within(ImageSize row) {
        int x = Math.max(0, left);
        int y = Math.max(0, top);
        return new Placement(x, y, Math.min(row.width(), left + width) - x, Math.min(row.height(), top + height) - y);
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
