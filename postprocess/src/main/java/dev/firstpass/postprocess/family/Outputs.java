package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.RawOutputs;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/// Finding and checking a stage's outputs: whatever a model gives is checked before it is believed.
final class Outputs {
    /// How far a value may leave [0, 1] and still be a rounding error rather than a logit.
    private static final float SLACK = 1e-3f;

    /// Values looked at together: 16 KiB.
    private static final int PIECE = 4096;

    private Outputs() {}

    /// The output that the manifest gives `role` to; empty where it gives it to none.
    ///
    /// @throws OutputInvalidException if the manifest names an output that the model does not give
    static Optional<Tensor> named(RawOutputs outputs, StageSpec stage, String role) {
        return Optional.ofNullable(stage.outputs().get(role))
                .map(name -> outputs.tensor(name)
                        .orElseThrow(() -> new OutputInvalidException("output " + role + ": no tensor " + name
                                + " (expected: one of " + namesOf(outputs) + ")")));
    }

    /// The output in the role of a model's one map: the one that the manifest names, or else the first.
    static Tensor map(RawOutputs outputs, StageSpec stage, String role) {
        return named(outputs, stage, role)
                .or(() -> outputs.tensors().stream().findFirst())
                .orElseThrow(() -> notFound(role, "[1,1,h,w]", outputs));
    }

    /// The row of an asset that is read as a whole.
    ///
    /// @throws OutputInvalidException if there is not exactly one
    static RowOutput onlyRow(List<RowOutput> rows) {
        if (rows.size() != 1) {
            throw new OutputInvalidException("rows: " + rows.size() + " (expected: 1, the whole asset)");
        }
        return rows.getFirst();
    }

    /// The output in a role, in this shape: the one that the manifest names, or else the one called `name`.
    ///
    /// @param expected with -1 for extents that may be any
    /// @param most elements that the caller can count
    /// @throws OutputInvalidException if there is none, or it is another shape or larger
    static Tensor shaped(RowOutput row, StageSpec stage, String role, String name, Shape expected, int most) {
        Tensor tensor = named(row.outputs(), stage, role)
                .or(() -> row.outputs().tensor(name))
                .orElseThrow(() -> notFound(role, expected.toString(), row.outputs()));
        if (!expected.accepts(tensor.shape()) || tensor.elements() > most) {
            throw otherShape(tensor, expected);
        }
        return tensor;
    }

    static OutputInvalidException otherShape(Tensor tensor, Shape expected) {
        return new OutputInvalidException(
                "output " + tensor.name() + ": " + tensor.shape() + " (expected: " + expected + ")");
    }

    static OutputInvalidException notFound(String role, String expected, RawOutputs outputs) {
        return new OutputInvalidException("output " + role + ": none of " + namesOf(outputs) + " (expected: " + expected
                + "; a line `outputs: {" + role + ": NAME}` in the manifest names it)");
    }

    private static String namesOf(RawOutputs outputs) {
        return outputs.tensors().stream()
                .map(tensor -> tensor.name() + " " + tensor.shape())
                .toList()
                .toString();
    }

    /// All values of `tensor`, each a finite number.
    static float[] finite(Tensor tensor) {
        float[] values = tensor.floats();
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw invalid(tensor, i, values[i], "a finite number");
            }
        }
        return values;
    }

    /// The same where only some of them are used: nothing is kept.
    static void checkFinite(Tensor tensor) {
        float[] piece = new float[PIECE];
        for (long first = 0; first < tensor.elements(); first += PIECE) {
            int count = tensor.read(first, piece);
            for (int i = 0; i < count; i++) {
                if (!Float.isFinite(piece[i])) {
                    throw invalid(tensor, first + i, piece[i], "a finite number");
                }
            }
        }
    }

    /// Looks at every value of `tensor`, each a probability, and hands on those from `least` on, in their order. What rounding
    /// put just outside [0, 1] is put back. One pass in pieces that stay in the cache; nothing else is kept.
    static void probabilitiesFrom(double least, Tensor tensor, Taker taker) {
        float floor = floor(least);
        float[] piece = new float[PIECE];
        for (long first = 0; first < tensor.elements(); first += PIECE) {
            int count = readProbabilities(tensor, first, piece);
            for (int i = 0; i < count; i++) {
                if (piece[i] >= floor) {
                    taker.take(Math.toIntExact(first + i), piece[i]);
                }
            }
        }
    }

    /// Values of `tensor` from `first` on, as [Tensor#read(long, float\[\])], each a probability.
    static int readProbabilities(Tensor tensor, long first, float[] into) {
        int count = tensor.read(first, into);
        for (int i = 0; i < count; i++) {
            float value = into[i];
            if (!(value >= 0 && value <= 1)) {
                into[i] = probability(tensor, first + i, value);
            }
        }
        return count;
    }

    /// `value`, found at `index`, as a probability: what rounding put just outside [0, 1] is put back.
    static float probability(Tensor tensor, long index, float value) {
        if (!(value >= -SLACK && value <= 1 + SLACK)) {
            throw invalid(tensor, index, value, "0..1; are these logits?");
        }
        return Math.clamp(value, 0f, 1f);
    }

    /// Checks that `value`, found at `index`, is a finite number.
    static void requireFinite(Tensor tensor, long index, float value) {
        if (!Float.isFinite(value)) {
            throw invalid(tensor, index, value, "a finite number");
        }
    }

    /// The least float that is at least `least`: comparing floats with it is comparing them with `least`.
    static float floor(double least) {
        float floor = (float) least;
        return floor < least ? Math.nextUp(floor) : floor;
    }

    /// Gets what passes.
    @FunctionalInterface
    interface Taker {
        void take(int index, float probability);
    }

    static OutputInvalidException invalid(Tensor tensor, long index, float value, String expected) {
        return new OutputInvalidException(
                "output " + tensor.name() + ": " + value + " at " + index + " (expected: " + expected + ")");
    }
}
