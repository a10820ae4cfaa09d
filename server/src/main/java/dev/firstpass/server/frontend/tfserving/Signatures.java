package dev.firstpass.server.frontend.tfserving;

import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.proto.tensorflow.SignatureDef;
import dev.firstpass.registry.savedmodel.SavedModelFile;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.pipeline.TensorModel;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// The one signature of a model that is served. Models whose files name none have it by the usual name, and by that it can be
/// asked for everywhere.
///
/// Pure functions.
final class Signatures {
    static final String USUAL = "serving_default";

    static final String METHOD = "tensorflow/serving/predict";

    private Signatures() {}

    static String name(TensorModel model) {
        return model.signature().metadata().getOrDefault(SavedModelFile.SIGNATURE, USUAL);
    }

    /// Whether every model has it.
    static boolean isEverywhere(Optional<String> wanted) {
        return wanted.isEmpty() || wanted.get().equals(USUAL);
    }

    /// @throws FailureException ARGUMENT_INVALID if the model does not serve it
    static void requireServed(Optional<String> wanted, TensorModel model) {
        if (!isEverywhere(wanted) && !wanted.get().equals(name(model))) {
            throw RequestRules.invalid(
                    "signature_name",
                    "signature_name: " + Words.quoted(wanted.get()) + " is not served (expected: "
                            + Words.quoted(name(model)) + ", or none)");
        }
    }

    /// What the model takes and gives.
    static SignatureDef message(ModelSignature signature) {
        return SignatureDef.newBuilder()
                .putAllInputs(messages(signature.inputs()))
                .putAllOutputs(messages(signature.outputs()))
                .setMethodName(METHOD)
                .build();
    }

    private static Map<String, dev.firstpass.proto.tensorflow.TensorInfo> messages(List<TensorInfo> tensors) {
        return tensors.stream()
                .collect(Collectors.toMap(
                        TensorInfo::name,
                        info -> dev.firstpass.proto.tensorflow.TensorInfo.newBuilder()
                                .setName(info.name())
                                .setDtype(DataTypes.of(info.type()))
                                .setTensorShape(TensorMessages.shape(info.shape()))
                                .build()));
    }
}
