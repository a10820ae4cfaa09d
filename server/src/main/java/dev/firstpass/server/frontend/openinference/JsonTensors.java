package dev.firstpass.server.frontend.openinference;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import dev.firstpass.postprocess.family.OutputInvalidException;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.pipeline.TensorOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Elements of tensors as JSON: nested or flat, in row-major order. Types of 16 bits that JSON has no numbers for are
/// refused, as the protocol says.
///
/// Pure functions.
final class JsonTensors {
    private static final BigInteger MOST_U64 =
            BigInteger.ONE.shiftLeft(Long.SIZE).subtract(BigInteger.ONE);

    private JsonTensors() {}

    /// Reads the array that `parser` stands before.
    ///
    /// @param most elements that the text can hold at all, so that nobody is believed who claims more
    /// @return packed, on the heap
    /// @throws FailureException ARGUMENT_INVALID if it has other elements than the type and the shape say
    static MemorySegment read(JsonParser parser, String name, ElementType type, Shape shape, long most)
            throws IOException {
        long elements = elements(name, shape, most);
        if (parser.nextToken() != JsonToken.START_ARRAY) {
            throw invalid(name, "data is no array");
        }
        return switch (type) {
            case FLOAT16, BFLOAT16 ->
                throw invalid(name, DataTypes.name(type) + " has no form in JSON (expected: binary data)");
            case STRING -> strings(parser, name, elements);
            case FLOAT32, FLOAT64, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, BOOL ->
                numbers(parser, name, type, elements);
        };
    }

    private static long elements(String name, Shape shape, long most) {
        try {
            long elements = shape.elements();
            if (elements <= most) {
                return elements;
            }
        } catch (ArithmeticException _) {
            // More than that.
        }
        throw invalid(name, "data has fewer elements than its shape " + shape);
    }

    private static MemorySegment numbers(JsonParser parser, String name, ElementType type, long elements)
            throws IOException {
        MemorySegment target = MemorySegment.ofArray(new byte[Math.toIntExact(elements * type.bytes())]);
        long count = forEach(parser, name, elements, (token, index) -> put(parser, token, name, type, target, index));
        requireAll(name, count, elements);
        return target;
    }

    private static MemorySegment strings(JsonParser parser, String name, long elements) throws IOException {
        List<byte[]> strings = new ArrayList<>();
        long count = forEach(parser, name, elements, (token, _) -> {
            if (token != JsonToken.VALUE_STRING) {
                throw invalid(name, "an element is no string");
            }
            strings.add(parser.getText().getBytes(StandardCharsets.UTF_8));
        });
        requireAll(name, count, elements);
        MemorySegment target = MemorySegment.ofArray(new byte[Math.toIntExact(PackedStrings.size(strings))]);
        PackedStrings.write(strings, target);
        return target;
    }

    /// Visits the elements of the array that has begun, to its end.
    ///
    /// @return how many there were
    private static long forEach(JsonParser parser, String name, long most, Element element) throws IOException {
        long count = 0;
        int depth = 1;
        while (true) {
            JsonToken token = parser.nextToken();
            if (token == null) {
                throw invalid(name, "data does not end");
            } else if (token == JsonToken.START_ARRAY) {
                depth++;
            } else if (token == JsonToken.END_ARRAY) {
                depth--;
                if (depth == 0) {
                    return count;
                }
            } else if (count == most) {
                throw invalid(name, "data has more than the " + most + " elements of its shape");
            } else {
                element.accept(token, count++);
            }
        }
    }

    private static void requireAll(String name, long count, long elements) {
        if (count != elements) {
            throw invalid(name, "data has " + count + " elements (expected: " + elements + ", as its shape says)");
        }
    }

    private static void put(
            JsonParser parser, JsonToken token, String name, ElementType type, MemorySegment target, long index)
            throws IOException {
        try {
            switch (type) {
                case FLOAT32 -> target.setAtIndex(Wire.F32, index, single(parser, token, name));
                case FLOAT64 -> target.setAtIndex(Wire.F64, index, finite(name, number(parser, token, name)));
                case BOOL -> target.set(ValueLayout.JAVA_BYTE, index, bool(parser, token, name));
                case UINT8 -> target.set(ValueLayout.JAVA_BYTE, index, (byte) whole(parser, token, name, 0, 0xff));
                case INT8 ->
                    target.set(ValueLayout.JAVA_BYTE, index, (byte)
                            whole(parser, token, name, Byte.MIN_VALUE, Byte.MAX_VALUE));
                case UINT16 -> target.setAtIndex(Wire.I16, index, (short) whole(parser, token, name, 0, 0xffff));
                case INT16 ->
                    target.setAtIndex(
                            Wire.I16, index, (short) whole(parser, token, name, Short.MIN_VALUE, Short.MAX_VALUE));
                case UINT32 -> target.setAtIndex(Wire.I32, index, (int) whole(parser, token, name, 0, 0xffff_ffffL));
                case INT32 ->
                    target.setAtIndex(
                            Wire.I32, index, (int) whole(parser, token, name, Integer.MIN_VALUE, Integer.MAX_VALUE));
                case INT64 ->
                    target.setAtIndex(Wire.I64, index, whole(parser, token, name, Long.MIN_VALUE, Long.MAX_VALUE));
                case UINT64 -> target.setAtIndex(Wire.I64, index, unsigned(parser, token, name));
                case FLOAT16, BFLOAT16, STRING -> throw new IllegalArgumentException(type + " (expected: a number)");
            }
        } catch (InputCoercionException _) {
            throw invalid(name, "element " + index + " is out of range");
        }
    }

    private static double number(JsonParser parser, JsonToken token, String name) throws IOException {
        if (!token.isNumeric()) {
            throw invalid(name, "an element is no number");
        }
        return parser.getDoubleValue();
    }

    private static float single(JsonParser parser, JsonToken token, String name) throws IOException {
        if (!token.isNumeric()) {
            throw invalid(name, "an element is no number");
        }
        float value = parser.getFloatValue();
        finite(name, value);
        return value;
    }

    private static double finite(String name, double value) {
        if (!Double.isFinite(value)) {
            throw invalid(name, "an element is out of range");
        }
        return value;
    }

    private static byte bool(JsonParser parser, JsonToken token, String name) throws IOException {
        return switch (token) {
            case VALUE_TRUE -> 1;
            case VALUE_FALSE -> 0;
            case VALUE_NUMBER_INT -> (byte) whole(parser, token, name, 0, 1);
            default -> throw invalid(name, "an element is no boolean");
        };
    }

    private static long whole(JsonParser parser, JsonToken token, String name, long least, long most)
            throws IOException {
        if (token != JsonToken.VALUE_NUMBER_INT) {
            throw invalid(name, "an element is no whole number");
        }
        long value = parser.getLongValue();
        if (value < least || value > most) {
            throw invalid(name, "an element is out of range (expected: " + least + ".." + most + ")");
        }
        return value;
    }

    private static long unsigned(JsonParser parser, JsonToken token, String name) throws IOException {
        if (token != JsonToken.VALUE_NUMBER_INT) {
            throw invalid(name, "an element is no whole number");
        }
        BigInteger value = parser.getBigIntegerValue();
        if (value.signum() < 0 || value.compareTo(MOST_U64) > 0) {
            throw invalid(name, "an element is out of range (expected: 0.." + MOST_U64 + ")");
        }
        return value.longValue();
    }

    private static FailureException invalid(String name, String problem) {
        return Wire.invalid(name, "input " + Words.quoted(name) + ": " + problem);
    }

    /// Writes all elements, flat, as an array.
    ///
    /// @throws FailureException ARGUMENT_INVALID for a type that has no form in JSON
    /// @throws OutputInvalidException for numbers that have none
    static void write(JsonGenerator json, TensorOutput output) throws IOException {
        if (output.type() == ElementType.FLOAT16 || output.type() == ElementType.BFLOAT16) {
            throw Wire.invalid(
                    output.name(),
                    "output " + Words.quoted(output.name()) + ": " + DataTypes.name(output.type())
                            + " has no form in JSON (expected: asked for as binary data)");
        }
        json.writeStartArray();
        for (MemorySegment part : output.parts()) {
            if (output.type() == ElementType.STRING) {
                // Each part is whole strings, to its end.
                writeStrings(json, part);
            } else {
                long elements = part.byteSize() / output.type().bytes();
                for (long i = 0; i < elements; i++) {
                    writeElement(json, output, part, i);
                }
            }
        }
        json.writeEndArray();
    }

    private static void writeStrings(JsonGenerator json, MemorySegment part) throws IOException {
        long at = 0;
        while (at < part.byteSize()) {
            int length = part.get(Wire.I32, at);
            MemorySegment text = part.asSlice(at + Integer.BYTES, length);
            json.writeString(new String(text.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8));
            at += Integer.BYTES + (long) length;
        }
    }

    private static void writeElement(JsonGenerator json, TensorOutput output, MemorySegment part, long i)
            throws IOException {
        switch (output.type()) {
            case FLOAT32 -> {
                float value = part.getAtIndex(Wire.F32, i);
                requireFinite(output, value);
                json.writeNumber(value);
            }
            case FLOAT64 -> {
                double value = part.getAtIndex(Wire.F64, i);
                requireFinite(output, value);
                json.writeNumber(value);
            }
            case UINT8 -> json.writeNumber(part.get(ValueLayout.JAVA_BYTE, i) & 0xff);
            case INT8 -> json.writeNumber(part.get(ValueLayout.JAVA_BYTE, i));
            case UINT16 -> json.writeNumber(Short.toUnsignedInt(part.getAtIndex(Wire.I16, i)));
            case INT16 -> json.writeNumber(part.getAtIndex(Wire.I16, i));
            case UINT32 -> json.writeNumber(Integer.toUnsignedLong(part.getAtIndex(Wire.I32, i)));
            case INT32 -> json.writeNumber(part.getAtIndex(Wire.I32, i));
            case UINT64 -> json.writeNumber(new BigInteger(Long.toUnsignedString(part.getAtIndex(Wire.I64, i))));
            case INT64 -> json.writeNumber(part.getAtIndex(Wire.I64, i));
            case BOOL -> json.writeBoolean(part.get(ValueLayout.JAVA_BYTE, i) != 0);
            case FLOAT16, BFLOAT16, STRING ->
                throw new IllegalArgumentException(output.type() + " (expected: a number)");
        }
    }

    private static void requireFinite(TensorOutput output, double value) {
        if (!Double.isFinite(value)) {
            throw new OutputInvalidException("output " + output.name()
                    + ": a value that is no number has no form in JSON (expected: asked for as binary data)");
        }
    }

    @FunctionalInterface
    private interface Element {
        void accept(JsonToken token, long index) throws IOException;
    }
}
