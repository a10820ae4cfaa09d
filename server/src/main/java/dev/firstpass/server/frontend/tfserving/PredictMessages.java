package dev.firstpass.server.frontend.tfserving;

import com.google.protobuf.Int64Value;
import dev.firstpass.proto.tensorflow.serving.ModelSpec;
import dev.firstpass.proto.tensorflow.serving.PredictRequest;
import dev.firstpass.proto.tensorflow.serving.PredictResponse;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.pipeline.TensorAnswer;
import dev.firstpass.server.pipeline.TensorInput;
import java.util.ArrayList;
import java.util.List;

/// Requests for predictions and their answers.
///
/// Pure functions.
final class PredictMessages {
    /// More inputs, and more outputs, than any model has.
    private static final int MOST_TENSORS = 1024;

    private PredictMessages() {}

    /// @param mostBytes of all tensors, complete
    /// @return in the message's own memory, where they came as bytes
    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID, REQUEST_TOO_LARGE
    static List<TensorInput> inputs(PredictRequest message, long mostBytes) {
        if (message.getInputsCount() > MOST_TENSORS || message.getOutputFilterCount() > MOST_TENSORS) {
            throw RequestRules.invalid("inputs", "inputs or outputs: too many (expected: <= " + MOST_TENSORS + ")");
        }
        List<TensorInput> inputs = new ArrayList<>(message.getInputsCount());
        long[] room = {mostBytes};
        message.getInputsMap().forEach((name, tensor) -> {
            TensorInput input = TensorMessages.input(name, tensor, room[0]);
            room[0] = Math.max(0, room[0] - input.data().byteSize());
            inputs.add(input);
        });
        return inputs;
    }

    /// @return on the answer's own memory, which has to last until it is written
    static PredictResponse response(Spec spec, TensorAnswer answer) {
        PredictResponse.Builder message = PredictResponse.newBuilder()
                .setModelSpec(model(spec, answer.version().number())
                        .setSignatureName(spec.signature().orElse(Signatures.USUAL)));
        answer.outputs().forEach(output -> message.putOutputs(output.name(), TensorMessages.message(output)));
        return message.build();
    }

    /// The model as the caller has it, and its version.
    static ModelSpec.Builder model(Spec spec, long version) {
        return ModelSpec.newBuilder().setName(spec.target().name()).setVersion(Int64Value.of(version));
    }
}
