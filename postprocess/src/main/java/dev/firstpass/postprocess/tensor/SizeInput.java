package dev.firstpass.postprocess.tensor;

import java.util.List;
import java.util.Optional;

/// The input that detectors with their postprocessor inside have beside the image: the size that boxes are given in, as RT-DETR's and
/// D-FINE's own exports declare it (`orig_target_sizes`, [N,2], width and height of each row). Who runs such a model says the size of the
/// row itself, so that boxes come in pixels of the row, as all other models give them.
///
/// Pure functions.
public final class SizeInput {
    private static final String NAME = "orig_target_sizes";

    private SizeInput() {}

    /// The one among a model's inputs; empty unless there is exactly one more, which takes an image.
    static Optional<TensorInfo> among(List<TensorInfo> inputs) {
        Optional<TensorInfo> size = inputs.stream().filter(SizeInput::isOne).findFirst();
        return inputs.size() == 2
                        && inputs.stream().anyMatch(input -> input.shape().rank() == 4)
                ? size
                : Optional.empty();
    }

    private static boolean isOne(TensorInfo input) {
        Shape shape = input.shape();
        return input.name().equals(NAME)
                && input.type() == ElementType.INT64
                && shape.rank() == 2
                && (shape.extent(0) == 1 || shape.extent(0) == Shape.DYNAMIC)
                && shape.extent(1) == 2;
    }

    /// What goes into it: width and height, once for each row, or once where the model takes no more.
    ///
    /// @param size as the model declares it
    /// @param image of the run: [N,3,h,w] or [N,h,w,3]
    public static long[][] values(TensorInfo size, Shape image) {
        boolean isFirst = image.extent(1) == 3;
        long height = image.extent(isFirst ? 2 : 1);
        long width = image.extent(isFirst ? 3 : 2);
        long[][] values = new long[size.shape().extent(0) == 1 ? 1 : Math.toIntExact(image.extent(0))][];
        for (int row = 0; row < values.length; row++) {
            values[row] = new long[] {width, height};
        }
        return values;
    }
}
