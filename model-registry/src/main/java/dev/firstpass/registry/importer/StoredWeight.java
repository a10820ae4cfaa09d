package dev.firstpass.registry.importer;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.registry.RegistryException.ArtifactRejected;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// How the elements of a weight lie in a shard file: as they are, or squeezed into fewer bytes, as TensorFlow.js' own
/// converter does for smaller downloads.
///
/// Immutable.
///
/// @param type the constant's own type
/// @param packing what each element is stored as
/// @param scale and `min`: a packed integer q stands for `q * scale + min`
record StoredWeight(ElementType type, Packing packing, double scale, double min) {
    enum Packing {
        NONE,
        FLOAT16,
        UINT8,
        UINT16
    }

    /// @param weight its entry in the weights manifest
    /// @throws ArtifactRejected for a type or packing without a rule
    static StoredWeight of(JsonNode weight) {
        String type = weight.path("dtype").asText();
        JsonNode quantization = weight.path("quantization");
        String packed = quantization.path("dtype").asText("none");
        ElementType element = switch (type) {
            case "float32" -> ElementType.FLOAT32;
            case "int32" -> ElementType.INT32;
            case "bool" -> ElementType.BOOL;
            default -> throw refused(weight, "dtype " + type, "float32, int32 or bool");
        };
        Packing packing = switch (packed) {
            case "none" -> Packing.NONE;
            case "float16" -> Packing.FLOAT16;
            case "uint8" -> Packing.UINT8;
            case "uint16" -> Packing.UINT16;
            default -> throw refused(weight, "quantized as " + packed, "float16, uint8 or uint16");
        };
        if (packing != Packing.NONE && element != ElementType.FLOAT32) {
            throw refused(weight, type + " quantized as " + packed, "only float32 is quantized");
        }
        return new StoredWeight(
                element,
                packing,
                quantization.path("scale").asDouble(1),
                quantization.path("min").asDouble(0));
    }

    private static ArtifactRejected refused(JsonNode weight, String found, String expected) {
        return new ArtifactRejected(
                "weight \"" + weight.path("name").asText() + "\": " + found + " (expected: " + expected + ")");
    }

    /// Bytes of one element in the shard file.
    int width() {
        return switch (packing) {
            case NONE -> type.bytes();
            case FLOAT16, UINT16 -> 2;
            case UINT8 -> 1;
        };
    }

    /// The elements as they were before they were packed.
    ///
    /// @param stored a whole number of elements; its position does not move
    ByteBuffer restored(ByteBuffer stored) {
        if (packing == Packing.NONE) {
            return stored;
        }
        ByteBuffer packed = stored.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer floats =
                ByteBuffer.allocate(packed.remaining() / width() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (packed.hasRemaining()) {
            floats.putFloat(next(packed));
        }
        return floats.flip();
    }

    private float next(ByteBuffer packed) {
        return switch (packing) {
            case NONE -> packed.getFloat();
            case FLOAT16 -> Float.float16ToFloat(packed.getShort());
            case UINT8 -> (float) (Byte.toUnsignedInt(packed.get()) * scale + min);
            case UINT16 -> (float) (Short.toUnsignedInt(packed.getShort()) * scale + min);
        };
    }
}
