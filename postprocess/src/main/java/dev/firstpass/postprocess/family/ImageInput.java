package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.List;
import java.util.Optional;

/// The one colour image that a model takes, as far as its declaration tells.
///
/// Immutable.
///
/// @param height in pixels, or [Shape#DYNAMIC]
/// @param width in pixels, or [Shape#DYNAMIC]
record ImageInput(String name, ElementType type, InputSpec.Layout layout, boolean fixedBatch, long height, long width) {
    static final List<Double> IMAGENET_MEAN = List.of(0.485, 0.456, 0.406);
    static final List<Double> IMAGENET_STD = List.of(0.229, 0.224, 0.225);
    static final double PER_255 = 1.0 / 255;

    /// Rows in one run where the batch axis is open: enough to fill a small accelerator. A device that gains nothing
    /// from it makes smaller runs.
    private static final int DYNAMIC_BATCH = 8;

    private static final int CHANNELS = 3;

    /// The image input of a model that rows fill a single input of ([ModelSignature#rowInputs()]), of four axes with three channels, first or last, whose
    /// sides are open or fit an int, and that takes rows one by one or in any number.
    static Optional<ImageInput> of(ModelSignature signature) {
        if (signature.rowInputs().size() != 1) {
            return Optional.empty();
        }
        TensorInfo input = signature.rowInputs().getFirst();
        Shape shape = input.shape();
        if (shape.rank() != 4
                || (shape.extent(0) != 1 && shape.extent(0) != Shape.DYNAMIC)
                || shape.extents().stream().anyMatch(extent -> extent > Integer.MAX_VALUE)) {
            return Optional.empty();
        }
        boolean fixed = shape.extent(0) == 1;
        if (shape.extent(1) == CHANNELS) {
            return Optional.of(new ImageInput(
                    input.name(), input.type(), InputSpec.Layout.NCHW, fixed, shape.extent(2), shape.extent(3)));
        }
        if (shape.extent(3) == CHANNELS) {
            return Optional.of(new ImageInput(
                    input.name(), input.type(), InputSpec.Layout.NHWC, fixed, shape.extent(1), shape.extent(2)));
        }
        return Optional.empty();
    }

    boolean fixedSize() {
        return height > 0 && width > 0;
    }

    int maxBatch() {
        return fixedBatch ? 1 : DYNAMIC_BATCH;
    }

    /// For [Recognition#origins()]: why [#maxBatch()] is what it is.
    String batchOrigin() {
        return fixedBatch ? "input " + name + ": the batch axis is fixed at 1" : "input " + name + ": open batch axis";
    }
}
