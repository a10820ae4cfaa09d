package dev.firstpass.server.frontend;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Words;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.List;

/// Shapes and elements of raw tensors as the doors for these read and write them: packed in memory, and one by one in JSON.
///
/// Pure functions.
public final class TensorElements {
    public static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// A shape has no more, which is more than any model's has.
    public static final int MOST_AXES = 32;

    private static final BigInteger MOST_U64 =
            BigInteger.ONE.shiftLeft(Long.SIZE).subtract(BigInteger.ONE);

    private TensorElements() {}

    /// @param input of the shape, for the error
    /// @throws FailureException ARGUMENT_INVALID if no tensor has it
    public static Shape shape(List<Long> extents, String input) {
        if (extents.size() > MOST_AXES) {
            throw RequestRules.invalid(
                    "shape",
                    "input " + Words.quoted(input) + ": " + extents.size() + " axes (expected: <= " + MOST_AXES + ")");
        }
        for (long extent : extents) {
            if (extent < 0) {
                throw RequestRules.invalid(
                        "shape", "input " + Words.quoted(input) + ": an axis of " + extent + " (expected: >= 0)");
            }
        }
        return new Shape(extents);
    }

    /// Reads one element at which `parser` stands. Numbers that are none are read where the parser knows them.
    ///
    /// @param token that it stands at
    /// @param input of the element, for the error
    /// @param type not of 16 bits with a fraction, nor strings: JSON has no numbers for these
    /// @param target packed, with room for the element at `index`
    /// @throws FailureException ARGUMENT_INVALID if it is no element of the type
    public static void read(
            JsonParser parser, JsonToken token, String input, ElementType type, MemorySegment target, long index)
            throws IOException {
        try {
            switch (type) {
                case FLOAT32 -> target.setAtIndex(F32, index, single(parser, token, input));
                case FLOAT64 -> target.setAtIndex(F64, index, finite(parser, input, number(parser, token, input)));
                case BOOL -> target.set(ValueLayout.JAVA_BYTE, index, bool(parser, token, input));
                case UINT8 -> target.set(ValueLayout.JAVA_BYTE, index, (byte) whole(parser, token, input, 0, 0xff));
                case INT8 ->
                    target.set(ValueLayout.JAVA_BYTE, index, (byte)
                            whole(parser, token, input, Byte.MIN_VALUE, Byte.MAX_VALUE));
                case UINT16 -> target.setAtIndex(I16, index, (short) whole(parser, token, input, 0, 0xffff));
                case INT16 ->
                    target.setAtIndex(
                            I16, index, (short) whole(parser, token, input, Short.MIN_VALUE, Short.MAX_VALUE));
                case UINT32 -> target.setAtIndex(I32, index, (int) whole(parser, token, input, 0, 0xffff_ffffL));
                case INT32 ->
                    target.setAtIndex(
                            I32, index, (int) whole(parser, token, input, Integer.MIN_VALUE, Integer.MAX_VALUE));
                case INT64 ->
                    target.setAtIndex(I64, index, whole(parser, token, input, Long.MIN_VALUE, Long.MAX_VALUE));
                case UINT64 -> target.setAtIndex(I64, index, unsigned(parser, token, input));
                case FLOAT16, BFLOAT16, STRING -> throw new IllegalArgumentException(type + " (expected: a number)");
            }
        } catch (InputCoercionException _) {
            throw invalid(input, "element " + index + " is out of range");
        }
    }

    private static double number(JsonParser parser, JsonToken token, String input) throws IOException {
        if (!token.isNumeric()) {
            throw invalid(input, "an element is no number");
        }
        return parser.getDoubleValue();
    }

    private static float single(JsonParser parser, JsonToken token, String input) throws IOException {
        if (!token.isNumeric()) {
            throw invalid(input, "an element is no number");
        }
        float value = parser.getFloatValue();
        finite(parser, input, value);
        return value;
    }

    /// A number that is too large to be one is told by its digits from what is said to be none.
    private static double finite(JsonParser parser, String input, double value) throws IOException {
        if (!Double.isFinite(value)
                && Character.isDigit(parser.getText().charAt(parser.getText().length() - 1))) {
            throw invalid(input, "an element is out of range");
        }
        return value;
    }

    private static byte bool(JsonParser parser, JsonToken token, String input) throws IOException {
        return switch (token) {
            case VALUE_TRUE -> 1;
            case VALUE_FALSE -> 0;
            case VALUE_NUMBER_INT -> (byte) whole(parser, token, input, 0, 1);
            default -> throw invalid(input, "an element is no boolean");
        };
    }

    private static long whole(JsonParser parser, JsonToken token, String input, long least, long most)
            throws IOException {
        if (token != JsonToken.VALUE_NUMBER_INT) {
            throw invalid(input, "an element is no whole number");
        }
        long value = parser.getLongValue();
        if (value < least || value > most) {
            throw invalid(input, "an element is out of range (expected: " + least + ".." + most + ")");
        }
        return value;
    }

    private static long unsigned(JsonParser parser, JsonToken token, String input) throws IOException {
        if (token != JsonToken.VALUE_NUMBER_INT) {
            throw invalid(input, "an element is no whole number");
        }
        BigInteger value = parser.getBigIntegerValue();
        if (value.signum() < 0 || value.compareTo(MOST_U64) > 0) {
            throw invalid(input, "an element is out of range (expected: 0.." + MOST_U64 + ")");
        }
        return value.longValue();
    }

    /// What is wrong with an input.
    public static FailureException invalid(String input, String problem) {
        return RequestRules.invalid(input, "input " + Words.quoted(input) + ": " + problem);
    }

    /// Writes the element at `index` of a packed tensor as a number or a boolean. What is no number is written as the
    /// generator writes it.
    ///
    /// @param type as in [#read]
    public static void write(JsonGenerator json, ElementType type, MemorySegment data, long index) throws IOException {
        switch (type) {
            case FLOAT32 -> json.writeNumber(data.getAtIndex(F32, index));
            case FLOAT64 -> json.writeNumber(data.getAtIndex(F64, index));
            case UINT8 -> json.writeNumber(data.get(ValueLayout.JAVA_BYTE, index) & 0xff);
            case INT8 -> json.writeNumber(data.get(ValueLayout.JAVA_BYTE, index));
            case UINT16 -> json.writeNumber(Short.toUnsignedInt(data.getAtIndex(I16, index)));
            case INT16 -> json.writeNumber(data.getAtIndex(I16, index));
            case UINT32 -> json.writeNumber(Integer.toUnsignedLong(data.getAtIndex(I32, index)));
            case INT32 -> json.writeNumber(data.getAtIndex(I32, index));
            case UINT64 -> json.writeNumber(new BigInteger(Long.toUnsignedString(data.getAtIndex(I64, index))));
            case INT64 -> json.writeNumber(data.getAtIndex(I64, index));
            case BOOL -> json.writeBoolean(data.get(ValueLayout.JAVA_BYTE, index) != 0);
            case FLOAT16, BFLOAT16, STRING -> throw new IllegalArgumentException(type + " (expected: a number)");
        }
    }
}
