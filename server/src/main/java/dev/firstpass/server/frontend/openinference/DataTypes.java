package dev.firstpass.server.frontend.openinference;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.server.failure.Words;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The protocol's names of element types.
///
/// Pure functions.
final class DataTypes {
    private static final Map<String, ElementType> BY_NAME =
            Arrays.stream(ElementType.values()).collect(Collectors.toMap(DataTypes::name, Function.identity()));

    private DataTypes() {}

    static String name(ElementType type) {
        return switch (type) {
            case FLOAT32 -> "FP32";
            case FLOAT16 -> "FP16";
            case BFLOAT16 -> "BF16";
            case FLOAT64 -> "FP64";
            case UINT8 -> "UINT8";
            case UINT16 -> "UINT16";
            case UINT32 -> "UINT32";
            case UINT64 -> "UINT64";
            case INT8 -> "INT8";
            case INT16 -> "INT16";
            case INT32 -> "INT32";
            case INT64 -> "INT64";
            case BOOL -> "BOOL";
            case STRING -> "BYTES";
        };
    }

    /// @param input of the type, for the error
    /// @throws FailureException ARGUMENT_INVALID if there is no such type
    static ElementType of(String name, String input) {
        return Optional.ofNullable(BY_NAME.get(name))
                .orElseThrow(() -> Wire.invalid(
                        "datatype",
                        "input " + Words.quoted(input) + ": no datatype " + Words.quoted(name) + " (expected: one of "
                                + BY_NAME.keySet().stream().sorted().toList() + ")"));
    }
}
