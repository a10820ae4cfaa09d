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

    static DataType of(ElementType type) {
        return switch (type) {
            case FLOAT32 -> DataType.DT_FLOAT;
            case FLOAT16 -> DataType.DT_HALF;
            case BFLOAT16 -> DataType.DT_BFLOAT16;
            case FLOAT64 -> DataType.DT_DOUBLE;
            case UINT8 -> DataType.DT_UINT8;
            case UINT16 -> DataType.DT_UINT16;
            case UINT32 -> DataType.DT_UINT32;
            case UINT64 -> DataType.DT_UINT64;
            case INT8 -> DataType.DT_INT8;
            case INT16 -> DataType.DT_INT16;
            case INT32 -> DataType.DT_INT32;
            case INT64 -> DataType.DT_INT64;
            case BOOL -> DataType.DT_BOOL;
            case STRING -> DataType.DT_STRING;
        };
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
