package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;

/// A map with a number for each class in each cell, [1,C,h,w] or [1,h,w,C], checked as it is read.
///
/// For one thread.
final class ClassPlanes {
    private final Tensor tensor;
    private final int classes;
    private final ImageSize size;
    private final boolean isFirst;
    private final boolean areProbabilities;
    private final float[] piece;

    /// @param isFirst whether the classes come before the rows
    /// @param areProbabilities whether the numbers have to be
    private ClassPlanes(Tensor tensor, int classes, ImageSize size, boolean isFirst, boolean areProbabilities) {
        this.tensor = tensor;
        this.classes = classes;
        this.size = size;
        this.isFirst = isFirst;
        this.areProbabilities = areProbabilities;
        this.piece = new float[isFirst ? size.width() : Math.multiplyExact(size.width(), classes)];
    }

    /// The axis of the classes is the one that has as many; where both have, that of `likelyFirst`.
    ///
    /// @throws OutputInvalidException if the tensor has another shape
    static ClassPlanes of(Tensor tensor, int classes, boolean likelyFirst, boolean areProbabilities) {
        Shape shape = tensor.shape();
        boolean fits = shape.rank() == 4
                && shape.extent(0) == 1
                && shape.elements() > 0
                && shape.elements() <= Integer.MAX_VALUE
                && (shape.extent(1) == classes || shape.extent(3) == classes);
        if (!fits) {
            throw new OutputInvalidException("output " + tensor.name() + ": " + shape + " (expected: [1," + classes
                    + ",h,w] or [1,h,w," + classes + "], a number for each class)");
        }
        boolean isFirst = shape.extent(1) == classes && (likelyFirst || shape.extent(3) != classes);
        ImageSize size = isFirst
                ? new ImageSize((int) shape.extent(3), (int) shape.extent(2))
                : new ImageSize((int) shape.extent(2), (int) shape.extent(1));
        return new ClassPlanes(tensor, classes, size, isFirst, areProbabilities);
    }

    int classes() {
        return classes;
    }

    /// In cells.
    ImageSize size() {
        return size;
    }

    /// Reads one row of cells of all classes, class after class.
    ///
    /// @throws OutputInvalidException if a value is not what it has to be
    void row(int row, float[] into) {
        int width = size.width();
        if (isFirst) {
            for (int label = 0; label < classes; label++) {
                read(((long) label * size.height() + row) * width, width);
                System.arraycopy(piece, 0, into, label * width, width);
            }
            return;
        }
        read((long) row * width * classes, width * classes);
        for (int label = 0; label < classes; label++) {
            for (int column = 0; column < width; column++) {
                into[label * width + column] = piece[column * classes + label];
            }
        }
    }

    /// All cells of one class, row after row, in a new array.
    ///
    /// @throws OutputInvalidException if a value is not what it has to be
    float[] plane(int label) {
        int width = size.width();
        float[] plane = new float[width * size.height()];
        for (int row = 0; row < size.height(); row++) {
            if (isFirst) {
                read(((long) label * size.height() + row) * width, width);
                System.arraycopy(piece, 0, plane, row * width, width);
            } else {
                read((long) row * width * classes, width * classes);
                for (int column = 0; column < width; column++) {
                    plane[row * width + column] = piece[column * classes + label];
                }
            }
        }
        return plane;
    }

    private void read(long first, int count) {
        tensor.read(first, piece, count);
        for (int i = 0; i < count; i++) {
            if (areProbabilities) {
                piece[i] = Outputs.probability(tensor, first + i, piece[i]);
            } else {
                Outputs.requireFinite(tensor, first + i, piece[i]);
            }
        }
    }
}
