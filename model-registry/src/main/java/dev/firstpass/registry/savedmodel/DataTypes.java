package dev.firstpass.registry.savedmodel;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.registry.savedmodel.proto.DataType;
import java.util.Optional;

/// TensorFlow's names of element types.
///
/// Pure functions.
public final class DataTypes {
    private DataTypes() {}

    /// Empty for what no tensor of ours holds: strings, resources, quantised and complex numbers.
    public static Optional<ElementType> elementType(DataType type) {
        return switch (type) {
            case DT_FLOAT -> Optional.of(ElementType.FLOAT32);
            case DT_HALF -> Optional.of(ElementType.FLOAT16);
            case DT_DOUBLE -> Optional.of(ElementType.FLOAT64);
            case DT_UINT8 -> Optional.of(ElementType.UINT8);
            case DT_INT8 -> Optional.of(ElementType.INT8);
            case DT_INT16 -> Optional.of(ElementType.INT16);
            case DT_INT32 -> Optional.of(ElementType.INT32);
            case DT_INT64 -> Optional.of(ElementType.INT64);
            case DT_BOOL -> Optional.of(ElementType.BOOL);
            default -> Optional.empty();
        };
    }

    public static DataType of(ElementType type) {
        return switch (type) {
            case FLOAT32 -> DataType.DT_FLOAT;
            case FLOAT16 -> DataType.DT_HALF;
            case FLOAT64 -> DataType.DT_DOUBLE;
            case UINT8 -> DataType.DT_UINT8;
            case INT8 -> DataType.DT_INT8;
            case INT16 -> DataType.DT_INT16;
            case INT32 -> DataType.DT_INT32;
            case INT64 -> DataType.DT_INT64;
            case BOOL -> DataType.DT_BOOL;
        };
    }
}
