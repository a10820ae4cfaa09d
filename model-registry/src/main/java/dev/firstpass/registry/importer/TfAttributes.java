package dev.firstpass.registry.importer;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import dev.firstpass.registry.savedmodel.proto.AttrValue;
import dev.firstpass.registry.savedmodel.proto.DataType;
import dev.firstpass.registry.savedmodel.proto.TensorShapeProto;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// A node's attributes as TensorFlow.js writes them in JSON, turned into TensorFlow's own messages. Byte strings are
/// arrays of numbers in the first form of the format and base64 later; types are numbers or names; 64-bit integers are
/// text or numbers.
///
/// Pure functions.
final class TfAttributes {
    private static final int LONGEST_SHOWN = 100;

    private TfAttributes() {}

    /// All but those that begin with an underscore, which are notes of optimisers.
    ///
    /// @throws UnsupportedGraphException naming the attribute that has no rule
    static Map<String, AttrValue> of(JsonNode attributes) {
        Map<String, AttrValue> values = new TreeMap<>();
        attributes.properties().forEach(attribute -> {
            if (!attribute.getKey().startsWith("_")) {
                try {
                    values.put(attribute.getKey(), value(attribute.getValue()));
                } catch (IllegalArgumentException e) {
                    throw new UnsupportedGraphException(
                            "attribute " + attribute.getKey() + ": " + shown(attribute.getValue()) + " has no rule");
                }
            }
        });
        return values;
    }

    private static String shown(JsonNode value) {
        String text = value.toString();
        return text.length() > LONGEST_SHOWN ? text.substring(0, LONGEST_SHOWN) + "..." : text;
    }

    private static AttrValue value(JsonNode json) {
        Map.Entry<String, JsonNode> only = json.properties().stream()
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("an empty attribute"));
        JsonNode value = only.getValue();
        AttrValue.Builder out = AttrValue.newBuilder();
        return switch (only.getKey()) {
            case "s" -> out.setS(bytes(value)).build();
            case "i" -> out.setI(integer(value)).build();
            case "f" -> out.setF(real(value)).build();
            case "b" -> out.setB(value.asBoolean()).build();
            case "type" -> out.setType(type(value)).build();
            case "shape" -> out.setShape(shape(value)).build();
            case "list" -> out.setList(list(value)).build();
            default -> throw new IllegalArgumentException(only.getKey());
        };
    }

    private static AttrValue.ListValue list(JsonNode json) {
        AttrValue.ListValue.Builder out = AttrValue.ListValue.newBuilder();
        json.path("s").forEach(value -> out.addS(bytes(value)));
        json.path("i").forEach(value -> out.addI(integer(value)));
        json.path("f").forEach(value -> out.addF(real(value)));
        json.path("b").forEach(value -> out.addB(value.asBoolean()));
        json.path("type").forEach(value -> out.addType(type(value)));
        json.path("shape").forEach(value -> out.addShape(shape(value)));
        if (json.path("tensor").size() + json.path("func").size() > 0) {
            throw new IllegalArgumentException("a list of tensors or functions");
        }
        return out.build();
    }

    /// @throws IllegalArgumentException if there is no such type
    static DataType type(JsonNode json) {
        return Stream.of(DataType.values())
                .filter(type -> type != DataType.UNRECOGNIZED)
                .filter(type -> json.isTextual() ? type.name().equals(json.asText()) : type.getNumber() == json.asInt())
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("type " + json + " (expected: one of TensorFlow's)"));
    }

    /// @throws IllegalArgumentException if an extent is no number
    static TensorShapeProto shape(JsonNode json) {
        TensorShapeProto.Builder out = TensorShapeProto.newBuilder()
                .setUnknownRank(json.path("unknownRank").asBoolean());
        json.path("dim")
                .forEach(dim -> out.addDim(TensorShapeProto.Dim.newBuilder().setSize(integer(dim.path("size")))));
        return out.build();
    }

    /// @throws IllegalArgumentException if it is no base64 text
    static ByteString bytes(JsonNode json) {
        if (json.isArray()) {
            byte[] bytes = new byte[json.size()];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) json.get(i).asInt();
            }
            return ByteString.copyFrom(bytes);
        }
        return ByteString.copyFrom(Base64.getDecoder().decode(json.asText()));
    }

    /// @throws NumberFormatException if it is text and no number
    static long integer(JsonNode json) {
        return json.isTextual() ? Long.parseLong(json.asText()) : json.asLong();
    }

    private static float real(JsonNode json) {
        return json.isTextual() ? Float.parseFloat(json.asText()) : (float) json.asDouble();
    }
}
