package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.geometry.ImageTransform;

/// Between which cells of a map the centres of an asset's pixels lie, along one axis, where the transform turns nothing: worked out
/// once for all rows and columns.
///
/// Immutable.
final class CellAxis {
    /// What rounding may add to a place at the input's edge.
    private static final double SLACK = 1e-9;

    private final int[] cells;
    private final float[] shares;
    private final int[] nearest;
    private final int first;
    private final int end;

    private CellAxis(int[] cells, float[] shares, int[] nearest, int first, int end) {
        this.cells = cells;
        this.shares = shares;
        this.nearest = nearest;
        this.first = first;
        this.end = end;
    }

    static CellAxis across(MapPlace place) {
        ImageTransform transform = place.transform();
        return of(
                transform.asset().width(),
                transform.xx(),
                transform.x0(),
                transform.input().width(),
                place.size().width());
    }

    static CellAxis down(MapPlace place) {
        ImageTransform transform = place.transform();
        return of(
                transform.asset().height(),
                transform.yy(),
                transform.y0(),
                transform.input().height(),
                place.size().height());
    }

    private static CellAxis of(int pixels, double scale, double offset, int input, int count) {
        int[] cells = new int[pixels];
        float[] shares = new float[pixels];
        int[] nearest = new int[pixels];
        int first = 0;
        int end = 0;
        for (int i = 0; i < pixels; i++) {
            double at = scale * (i + 0.5) + offset;
            double place = at * count / input;
            double cell = Math.clamp(place - 0.5, 0.0, count - 1.0);
            cells[i] = (int) cell;
            shares[i] = (float) (cell - cells[i]);
            nearest[i] = Math.clamp((long) place, 0, count - 1);
            if (at >= -SLACK && at <= input + SLACK) {
                first = end == 0 ? i : first;
                end = i + 1;
            }
        }
        return new CellAxis(cells, shares, nearest, first, end);
    }

    /// The first pixel that the model was shown.
    int first() {
        return first;
    }

    /// The one after the last.
    int end() {
        return end;
    }

    /// The cell at or before a pixel's centre.
    int cell(int pixel) {
        return cells[pixel];
    }

    /// How far towards the next one, 0 to below 1.
    float share(int pixel) {
        return shares[pixel];
    }

    /// The cell that the pixel's centre lies in.
    int nearest(int pixel) {
        return nearest[pixel];
    }
}
