package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// One stage of a version as those see it who bring tensors.
///
/// Immutable.
///
/// @param signature what the model file says of itself
/// @param mostRows of one request; 0 where the model has no batch axis, and takes its tensors as they are
public record TensorModel(ModelVersion version, String stage, ModelSignature signature, int mostRows) {
    static TensorModel of(ModelVersion version, StageSpec stage, ModelSignature signature) {
        boolean hasBatchAxis = !signature.inputs().isEmpty()
                && signature.inputs().stream().allMatch(input -> isOpenFirst(input.shape()));
        return new TensorModel(version, stage.name(), signature, hasBatchAxis ? stage.maxBatch() : 0);
    }

    private static boolean isOpenFirst(Shape shape) {
        return shape.rank() > 0 && shape.extent(0) == Shape.DYNAMIC;
    }

    /// Rows in a request's tensors, each of which may run in another batch; 1 where the model has no batch axis.
    ///
    /// @throws FailureException ARGUMENT_INVALID if they are not what the stage takes: each input once, of its type, of a
    ///     shape that it declares, with as many bytes as that takes, all of them with the same number of rows
    int rows(List<TensorInput> inputs) {
        requireAll(inputs);
        long rows = -1;
        for (TensorInput input : inputs) {
            TensorInfo declared = declared(input.name());
            check(input, declared);
            if (mostRows > 0) {
                long own = input.shape().extent(0);
                if (rows != -1 && own != rows) {
                    throw invalid(
                            input.name(),
                            "input " + Words.quoted(input.name()) + ": " + own + " rows (expected: " + rows
                                    + ", as the others have)");
                }
                rows = own;
            }
        }
        if (mostRows == 0) {
            return 1;
        }
        if (rows < 1 || rows > mostRows) {
            throw invalid("shape", rows + " rows (expected: 1.." + mostRows + " in a request)");
        }
        return Math.toIntExact(rows);
    }

    private void requireAll(List<TensorInput> inputs) {
        Set<String> seen = new HashSet<>();
        for (TensorInput input : inputs) {
            if (!seen.add(input.name())) {
                throw invalid(input.name(), "input " + Words.quoted(input.name()) + ": there twice (expected: once)");
            }
        }
        if (inputs.size() != signature.inputs().size()) {
            throw invalid("inputs", inputs.size() + " inputs (expected: " + names(signature.inputs()) + ")");
        }
    }

    private TensorInfo declared(String name) {
        return signature
                .input(name)
                .orElseThrow(() -> invalid(
                        name,
                        "input " + Words.quoted(name) + ": the model has none of that name (expected: "
                                + names(signature.inputs()) + ")"));
    }

    private static void check(TensorInput input, TensorInfo declared) {
        String what = "input " + Words.quoted(input.name()) + ": ";
        if (input.type() != declared.type()) {
            throw invalid(input.name(), what + input.type() + " (expected: " + declared.type() + ")");
        }
        if (input.shape().isDynamic() || !declared.shape().accepts(input.shape())) {
            throw invalid(input.name(), what + "shape " + input.shape() + " (expected: " + declared.shape() + ")");
        }
        try {
            Tensor.check(input.type(), input.shape(), input.data());
        } catch (ArithmeticException _) {
            throw invalid(input.name(), what + "shape " + input.shape() + " has too many elements");
        } catch (IllegalArgumentException e) {
            throw invalid(input.name(), what + e.getMessage());
        }
    }

    /// The places of the outputs wanted, in the order they are wanted in.
    ///
    /// @throws FailureException ARGUMENT_INVALID for one that the stage does not have, or that is wanted twice
    List<Integer> places(List<String> outputs) {
        List<Integer> places = new ArrayList<>(outputs.size());
        for (String output : outputs) {
            int place = names(signature.outputs()).indexOf(output);
            if (place < 0) {
                throw invalid(
                        output,
                        "output " + Words.quoted(output) + ": the model has none of that name (expected: "
                                + names(signature.outputs()) + ")");
            }
            if (places.contains(place)) {
                throw invalid(output, "output " + Words.quoted(output) + ": wanted twice (expected: once)");
            }
            places.add(place);
        }
        return places;
    }

    private static List<String> names(List<TensorInfo> tensors) {
        return tensors.stream().map(TensorInfo::name).toList();
    }

    private static FailureException invalid(String field, String detail) {
        return Failure.ofField(Reason.ARGUMENT_INVALID, field, detail).asException();
    }
}
