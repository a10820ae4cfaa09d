package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;

/// A map of one value per cell, brought to the asset's pixels.
///
/// For one thread; `values` is not copied.
record ScoreMap(float[] values, MapPlace place) {
    /// The pixels of the asset at whose centres the value is above `cut`.
    BitMask above(float cut) {
        Window window = windowAbove(cut);
        Rows rows = assetRows();
        float[] row = new float[place.transform().asset().width()];
        BitMask mask = new BitMask(place.transform().asset());
        for (int y = window.top(); y < window.bottom(); y++) {
            rows.row(y, window.left(), window.right(), row);
            int x = window.left();
            while (x < window.right()) {
                int from = x;
                while (x < window.right() && row[x] > cut) {
                    x++;
                }
                if (x > from) {
                    mask.setRun(y, from, x);
                } else {
                    x++;
                }
            }
        }
        return mask;
    }

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

    /// Values at the centres of the asset's pixels, row after row: bilinear between the centres of the map's cells
    /// (half-pixel), constant beyond the outermost centres.
    Rows assetRows() {
        return place.isStraight() ? new SeparableRows(this) : new TurnedRows(this);
    }

    /// One row of values at a time.
    interface Rows {
        /// Fills `into` with the values of the pixels from `from` to `to`, exclusive, of row `y`, each at its own index.
        void row(int y, int from, int to, float[] into);
    }

    /// Pixels of the asset: columns from `left` to `right`, exclusive, and rows from `top` to `bottom`.
    ///
    /// Immutable.
    record Window(int left, int top, int right, int bottom) {}

    /// Where values above `cut` may be; outside of it there are none. A pixel is between four cells, so it is where one of these
    /// is above. Costs a pass over the cells and one over a row and a column of the asset.
    Window windowAbove(float cut) {
        ImageSize asset = place.transform().asset();
        if (!place.isStraight()) {
            return new Window(0, 0, asset.width(), asset.height());
        }
        int width = place.size().width();
        int left = Integer.MAX_VALUE;
        int right = -1;
        int top = Integer.MAX_VALUE;
        int bottom = -1;
        for (int i = 0; i < values.length; i++) {
            if (values[i] > cut) {
                int column = i % width;
                left = Math.min(left, column);
                right = Math.max(right, column);
                top = Math.min(top, i / width);
                bottom = i / width;
            }
        }
        Range columns = new Range();
        for (int x = 0; x < asset.width(); x++) {
            columns.addIf(isNear((int) columnAt(x), left, right), x);
        }
        Range rows = new Range();
        for (int y = 0; y < asset.height(); y++) {
            rows.addIf(isNear((int) rowAt(y), top, bottom), y);
        }
        return new Window(columns.first, rows.first, columns.end, rows.end);
    }

    /// Whether what lies between cell `cell` and the next touches the cells from `first` to `last`.
    private static boolean isNear(int cell, int first, int last) {
        return cell >= first - 1 && cell <= last;
    }

    private static final class Range {
        private int first;
        private int end;

        void addIf(boolean isIn, int position) {
            if (isIn) {
                first = end == 0 ? position : first;
                end = position + 1;
            }
        }
    }

    /// Only where the transform is straight.
    private double columnAt(int x) {
        return place.columnOf(
                place.transform().xx() * (x + 0.5) + place.transform().x0());
    }

    /// Only where the transform is straight.
    private double rowAt(int y) {
        return place.rowOf(
                place.transform().yy() * (y + 0.5) + place.transform().y0());
    }

    private float cell(int column, int row) {
        return values[row * place.size().width() + column];
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
            int width = map.place.transform().asset().width();
            // One more cell, so that the last one has a right neighbour (of share 0).
            this.blended = new float[map.place.size().width() + 1];
            this.left = new int[width];
            this.share = new float[width];
            for (int x = 0; x < width; x++) {
                double column = map.columnAt(x);
                left[x] = (int) column;
                share[x] = (float) (column - left[x]);
            }
        }

        @Override
        public void row(int y, int from, int to, float[] into) {
            if (from >= to) {
                return;
            }
            double row = map.rowAt(y);
            int first = Math.min(left[from], left[to - 1]);
            int last = Math.max(left[from], left[to - 1]) + 1;
            blend((int) row, (float) (row - (int) row), first, last);
            for (int x = from; x < to; x++) {
                float value = blended[left[x]];
                into[x] = value + share[x] * (blended[left[x] + 1] - value);
            }
        }

        /// The cells from column `first` to `last`, both included, that pixels are read at.
        private void blend(int row, float lowerShare, int first, int last) {
            int width = map.place.size().width();
            int upper = row * width;
            int lower = Math.min(row + 1, map.place.size().height() - 1) * width;
            int end = Math.min(last + 1, width);
            for (int column = first; column < end; column++) {
                float value = map.values[upper + column];
                blended[column] = value + lowerShare * (map.values[lower + column] - value);
            }
            blended[width] = blended[width - 1];
        }
    }

    /// Any affine map: each pixel by itself.
    private record TurnedRows(ScoreMap map) implements Rows {
        @Override
        public void row(int y, int from, int to, float[] into) {
            for (int x = from; x < to; x++) {
                Point at = map.place.transform().toInput(new Point(x + 0.5, y + 0.5));
                into[x] = (float) bilinear(map.place.columnOf(at.x()), map.place.rowOf(at.y()));
            }
        }

        private double bilinear(double column, double row) {
            int left = (int) column;
            int upper = (int) row;
            int right = Math.min(left + 1, map.place.size().width() - 1);
            int lower = Math.min(upper + 1, map.place.size().height() - 1);
            double above = between(map.cell(left, upper), map.cell(right, upper), column - left);
            double below = between(map.cell(left, lower), map.cell(right, lower), column - left);
            return between(above, below, row - upper);
        }

        private static double between(double a, double b, double share) {
            return a + share * (b - a);
        }
    }
}
