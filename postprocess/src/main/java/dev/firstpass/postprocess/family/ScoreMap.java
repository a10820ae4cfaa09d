package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;

/// A map of one value per cell that a model laid over its row's image, whatever its resolution, and how it lies on
/// the asset.
///
/// For one thread; `values` is not copied.
record ScoreMap(float[] values, ImageSize size, ImageTransform transform) {
    /// The extents of a map of one channel.
    ///
    /// @throws OutputInvalidException if the tensor is not [1,1,h,w] or [1,h,w]
    static ImageSize sizeOf(Tensor tensor) {
        Shape shape = tensor.shape();
        boolean single = shape.rank() == 3 || (shape.rank() == 4 && shape.extent(1) == 1);
        if (!single || shape.elements() == 0 || shape.elements() > Integer.MAX_VALUE) {
            throw new OutputInvalidException(
                    "output " + tensor.name() + ": " + shape + " (expected: [1,1,h,w] or [1,h,w])");
        }
        return new ImageSize((int) shape.extent(-1), (int) shape.extent(-2));
    }

    /// Map coordinates (edges: the whole map is [0,w] x [0,h]) to asset pixels.
    Point toAsset(Point point) {
        return transform.toAsset(new Point(
                point.x() * transform.input().width() / size.width(),
                point.y() * transform.input().height() / size.height()));
    }

    /// Values at the centres of the asset's pixels, row after row: bilinear between the centres of the map's cells
    /// (half-pixel), constant beyond the outermost centres.
    Rows assetRows() {
        return transform.xy() == 0 && transform.yx() == 0 ? new SeparableRows(this) : new TurnedRows(this);
    }

    /// One row of values at a time.
    interface Rows {
        /// Fills `into`, as long as the asset is wide, with the values of row `y`.
        void row(int y, float[] into);
    }

    private float cell(int column, int row) {
        return values[row * size.width() + column];
    }

    private double columnOf(double inputX) {
        return Math.clamp(inputX * size.width() / transform.input().width() - 0.5, 0.0, size.width() - 1.0);
    }

    private double rowOf(double inputY) {
        return Math.clamp(inputY * size.height() / transform.input().height() - 0.5, 0.0, size.height() - 1.0);
    }

    /// Without rotation rows and columns are independent: two rows of the map are blended into one, then that is read
    /// at places worked out once. About a nanosecond per pixel.
    private static final class SeparableRows implements Rows {
        private final ScoreMap map;
        private final float[] blended;
        private final int[] left;
        private final float[] share;

        SeparableRows(ScoreMap map) {
            this.map = map;
            int width = map.transform.asset().width();
            // One more cell, so that the last one has a right neighbour (of share 0).
            this.blended = new float[map.size.width() + 1];
            this.left = new int[width];
            this.share = new float[width];
            for (int x = 0; x < width; x++) {
                double column = map.columnOf(map.transform.xx() * (x + 0.5) + map.transform.x0());
                left[x] = (int) column;
                share[x] = (float) (column - left[x]);
            }
        }

        @Override
        public void row(int y, float[] into) {
            double row = map.rowOf(map.transform.yy() * (y + 0.5) + map.transform.y0());
            blend((int) row, (float) (row - (int) row));
            for (int x = 0; x < into.length; x++) {
                float value = blended[left[x]];
                into[x] = value + share[x] * (blended[left[x] + 1] - value);
            }
        }

        private void blend(int row, float lowerShare) {
            int width = map.size.width();
            int upper = row * width;
            int lower = Math.min(row + 1, map.size.height() - 1) * width;
            for (int column = 0; column < width; column++) {
                float value = map.values[upper + column];
                blended[column] = value + lowerShare * (map.values[lower + column] - value);
            }
            blended[width] = blended[width - 1];
        }
    }

    /// Any affine map: each pixel by itself.
    private record TurnedRows(ScoreMap map) implements Rows {
        @Override
        public void row(int y, float[] into) {
            for (int x = 0; x < into.length; x++) {
                Point at = map.transform.toInput(new Point(x + 0.5, y + 0.5));
                into[x] = (float) bilinear(map.columnOf(at.x()), map.rowOf(at.y()));
            }
        }

        private double bilinear(double column, double row) {
            int left = (int) column;
            int upper = (int) row;
            int right = Math.min(left + 1, map.size.width() - 1);
            int lower = Math.min(upper + 1, map.size.height() - 1);
            double above = between(map.cell(left, upper), map.cell(right, upper), column - left);
            double below = between(map.cell(left, lower), map.cell(right, lower), column - left);
            return between(above, below, row - upper);
        }

        private static double between(double a, double b, double share) {
            return a + share * (b - a);
        }
    }
}
