package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// The boxes that a single-shot detector's own are measured from, one for each place of its heads, as shares of the row's image.
///
/// Immutable but for what a tensor holds.
sealed interface SsdAnchors {
    int count();

    /// Writes centre x, centre y, width and height of one.
    ///
    /// @param index below [#count()]
    void read(int index, double[] into);

    /// How a cell's anchors follow each other.
    enum Order {
        /// The square of the level's scale, the one between it and the next, then for each ratio the wide and the tall one; none is
        /// larger than the image (SSD's own code, torchvision).
        SSD,
        /// One for each ratio, then the square between this scale and the next; the first level has three, of which the first is a
        /// square of 0.1 (TensorFlow's `ssd_anchor_generator` with `reduce_boxes_in_lowest_layer`).
        TENSORFLOW
    }

    /// What an output with four numbers for each anchor holds.
    enum Form {
        /// Centre and sides, as shares of the image.
        XYWH,
        /// The same with y and height first.
        YXHW,
        /// Left, top, right, bottom as shares of the image.
        XYXY,
        /// Top, left, bottom, right.
        YXYX,
        /// Left, top, right, bottom in pixels of the row.
        PIXELS
    }

    /// Those that an output of the model holds.
    ///
    /// @param tensor [N,4] or [1,N,4], its shape checked, each number finite
    record Given(Tensor tensor, Form form, ImageSize row) implements SsdAnchors {
        @Override
        public int count() {
            return Math.toIntExact(tensor.elements() / 4);
        }

        @Override
        public void read(int index, double[] into) {
            for (int i = 0; i < 4; i++) {
                into[i] = tensor.f32(4L * index + i);
            }
            if (form == Form.YXHW || form == Form.YXYX) {
                swap(into, 0, 1);
                swap(into, 2, 3);
            }
            if (form == Form.XYXY || form == Form.YXYX || form == Form.PIXELS) {
                double across = form == Form.PIXELS ? row.width() : 1;
                double down = form == Form.PIXELS ? row.height() : 1;
                double width = into[2] - into[0];
                double height = into[3] - into[1];
                into[0] = (into[0] + width / 2) / across;
                into[1] = (into[1] + height / 2) / down;
                into[2] = width / across;
                into[3] = height / down;
            }
        }

        private static void swap(double[] values, int a, int b) {
            double kept = values[a];
            values[a] = values[b];
            values[b] = kept;
        }
    }

    /// Those on grids over the image: level after level, row after row of cells, a cell's anchors one after the other.
    ///
    /// @param levels finest first
    record Grids(List<Level> levels) implements SsdAnchors {
        public Grids {
            levels = List.copyOf(levels);
        }

        @Override
        public int count() {
            int count = 0;
            for (Level level : levels) {
                count = Math.addExact(count, level.count());
            }
            return count;
        }

        @Override
        public void read(int index, double[] into) {
            int rest = index;
            for (Level level : levels) {
                if (rest < level.count()) {
                    level.read(rest, into);
                    return;
                }
                rest -= level.count();
            }
            throw new IndexOutOfBoundsException(index);
        }
    }

    /// One grid.
    ///
    /// @param across between two centres, as a share of the image's width
    /// @param down the same of its height
    /// @param sides width, height of each of a cell's anchors
    record Level(ImageSize grid, double across, double down, List<Double> sides) {
        public Level {
            sides = List.copyOf(sides);
        }

        private int perCell() {
            return sides.size() / 2;
        }

        int count() {
            return Math.multiplyExact(Math.multiplyExact(grid.width(), grid.height()), perCell());
        }

        void read(int index, double[] into) {
            int cell = index / perCell();
            int column = cell % grid.width();
            int row = cell / grid.width();
            int side = 2 * (index % perCell());
            into[0] = (column + 0.5) * across;
            into[1] = (row + 0.5) * down;
            into[2] = sides.get(side);
            into[3] = sides.get(side + 1);
        }
    }

    /// Width and height of each anchor of a cell.
    ///
    /// @param scale of the level, as a share of the image
    /// @param next that of the level after it
    /// @param ratios width by height
    static List<Double> sides(Order order, boolean isFirst, double scale, double next, List<Double> ratios) {
        List<Double> sides = new ArrayList<>();
        double between = Math.sqrt(scale * next);
        switch (order) {
            case SSD -> {
                add(sides, 1, scale, 1);
                add(sides, 1, between, 1);
                for (double ratio : ratios) {
                    add(sides, ratio, scale, 1);
                    add(sides, 1 / ratio, scale, 1);
                }
            }
            case TENSORFLOW -> {
                if (isFirst) {
                    add(sides, 1, LEAST_SCALE, Double.MAX_VALUE);
                    add(sides, 2, scale, Double.MAX_VALUE);
                    add(sides, 0.5, scale, Double.MAX_VALUE);
                } else {
                    ratios.forEach(ratio -> add(sides, ratio, scale, Double.MAX_VALUE));
                    add(sides, 1, between, Double.MAX_VALUE);
                }
            }
        }
        return sides;
    }

    /// Of the square in the first level of TensorFlow's.
    double LEAST_SCALE = 0.1;

    private static void add(List<Double> sides, double ratio, double scale, double most) {
        sides.add(Math.min(most, scale * Math.sqrt(ratio)));
        sides.add(Math.min(most, scale / Math.sqrt(ratio)));
    }
}
