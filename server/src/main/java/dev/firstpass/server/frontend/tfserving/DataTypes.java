package dev.firstpass.server.frontend.tfserving;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.proto.tensorflow.DataType;
import dev.firstpass.server.frontend.TensorElements;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// TensorFlow's element types, as far as models have them here.
///
/// Pure functions.
final class DataTypes {
    private static final Map<DataType, ElementType> BY_TYPE =
            Arrays.stream(ElementType.values()).collect(Collectors.toMap(DataTypes::of, Function.identity()));

    private DataTypes() {}

    /// The messages on the wire name types as the files of models do, in an enum of their own.
    static DataType of(ElementType type) {
        return DataType.valueOf(
                dev.firstpass.registry.savedmodel.DataTypes.of(type).name());
    }

    /// @param number the message's own, known or not
    /// @param input of the type, for the error
    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID if no model has it
    static ElementType of(int number, String input) {
        return Optional.ofNullable(DataType.forNumber(number))
                .flatMap(type -> Optional.ofNullable(BY_TYPE.get(type)))
                .orElseThrow(() -> TensorElements.invalid(
                        input,
                        "dtype " + number + " is not served (expected: one of "
                                + BY_TYPE.keySet().stream().sorted().toList() + ")"));
    }
}
