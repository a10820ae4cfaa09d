package dev.firstpass.server.validation;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import java.util.List;

/// What one output of a row was, kept to be compared with what it is in company.
///
/// Immutable; the array is not to be changed.
///
/// @param values empty for strings
/// @param strings empty for numbers
record Snapshot(String name, Shape shape, float[] values, List<String> strings) {
    /// Of the largest magnitude of an output: engines add up in another order when they run several rows.
    private static final double TOLERANCE = 0.01;

    /// Share of the elements that may differ by more: some round to the other side, or change places with their like.
    private static final double MOST_OUTLIERS = 0.01;

    static Snapshot of(Tensor tensor) {
        return tensor.type() == ElementType.STRING
                ? new Snapshot(tensor.name(), tensor.shape(), new float[0], tensor.strings())
                : new Snapshot(tensor.name(), tensor.shape(), tensor.floats(), List.of());
    }

    /// Whether an element is not a number.
    boolean hasNaN() {
        for (float value : values) {
            if (Float.isNaN(value)) {
                return true;
            }
        }
        return false;
    }

    /// Whether this is the same answer, but for what arithmetic makes of it.
    boolean isLike(Snapshot other) {
        if (!shape.equals(other.shape) || !strings.equals(other.strings) || values.length != other.values.length) {
            return false;
        }
        double largest = 0;
        for (float value : values) {
            if (Float.isFinite(value)) {
                largest = Math.max(largest, Math.abs(value));
            }
        }
        long outliers = 0;
        for (int i = 0; i < values.length; i++) {
            float a = values[i];
            float b = other.values[i];
            boolean isSame = Float.compare(a, b) == 0 || Math.abs(a - b) <= TOLERANCE * largest;
            outliers += isSame ? 0 : 1;
        }
        return outliers <= MOST_OUTLIERS * values.length;
    }
}
