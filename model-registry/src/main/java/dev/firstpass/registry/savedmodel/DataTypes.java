package dev.firstpass.registry.savedmodel;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.registry.savedmodel.proto.DataType;
import java.util.Optional;

/// TensorFlow's names of element types.
///
/// Pure functions.
public final class DataTypes {
    private DataTypes() {}

    /// Empty for what no tensor holds, be it one of ours or of TensorFlow's Java: resources, quantised and complex numbers,
    /// some integers.
    public static Optional<ElementType> elementType(DataType type) {
        return switch (type) {
            case DT_FLOAT -> Optional.of(ElementType.FLOAT32);
            case DT_HALF -> Optional.of(ElementType.FLOAT16);
            case DT_BFLOAT16 -> Optional.of(ElementType.BFLOAT16);
            case DT_DOUBLE -> Optional.of(ElementType.FLOAT64);
            case DT_UINT8 -> Optional.of(ElementType.UINT8);
            case DT_UINT16 -> Optional.of(ElementType.UINT16);
            case DT_INT32 -> Optional.of(ElementType.INT32);
            case DT_INT64 -> Optional.of(ElementType.INT64);
            case DT_BOOL -> Optional.of(ElementType.BOOL);
            case DT_STRING -> Optional.of(ElementType.STRING);
            default -> Optional.empty();
        };
    }

    public static DataType of(ElementType type) {
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
}
