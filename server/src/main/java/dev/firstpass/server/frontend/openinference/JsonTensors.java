package dev.firstpass.server.frontend.openinference;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.firstpass.postprocess.family.OutputInvalidException;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.GrowingTensor;
import dev.firstpass.server.frontend.TensorElements;
import dev.firstpass.server.pipeline.TensorOutput;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Elements of tensors as JSON: nested or flat, in row-major order. Types of 16 bits that JSON has no numbers for are
/// refused, as the protocol says.
///
/// Pure functions.
final class JsonTensors {
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
        if (elements > Integer.MAX_VALUE / type.bytes()) {
            throw invalid(
                    name, "shape has too many elements (expected: at most " + Integer.MAX_VALUE / type.bytes() + ")");
        }
        GrowingTensor target = new GrowingTensor(type, elements);
        long count = forEach(
                parser,
                name,
                elements,
                (token, index) -> TensorElements.read(parser, token, name, type, target.roomFor(index), index));
        requireAll(name, count, elements);
        return target.memory();
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
            int length = part.get(TensorElements.I32, at);
            MemorySegment text = part.asSlice(at + Integer.BYTES, length);
            json.writeString(new String(text.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8));
            at += Integer.BYTES + (long) length;
        }
    }

    private static void writeElement(JsonGenerator json, TensorOutput output, MemorySegment part, long i)
            throws IOException {
        requireFinite(output, part, i);
        TensorElements.write(json, output.type(), part, i);
    }

    private static void requireFinite(TensorOutput output, MemorySegment part, long i) {
        boolean isFinite = switch (output.type()) {
            case FLOAT32 -> Float.isFinite(part.getAtIndex(TensorElements.F32, i));
            case FLOAT64 -> Double.isFinite(part.getAtIndex(TensorElements.F64, i));
            default -> true;
        };
        if (!isFinite) {
            throw new OutputInvalidException("output " + output.name()
                    + ": a value that is no number has no form in JSON (expected: asked for as binary data)");
        }
    }

    @FunctionalInterface
    private interface Element {
        void accept(JsonToken token, long index) throws IOException;
    }
}
