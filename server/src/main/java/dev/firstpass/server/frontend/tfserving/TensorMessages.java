package dev.firstpass.server.frontend.tfserving;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnsafeByteOperations;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.proto.tensorflow.TensorProto;
import dev.firstpass.proto.tensorflow.TensorShapeProto;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.TensorElements;
import dev.firstpass.server.pipeline.TensorInput;
import dev.firstpass.server.pipeline.TensorOutput;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// Tensors as TensorFlow's messages have them.
///
/// Pure functions.
final class TensorMessages {
    /// A length takes that many bytes at most in packed strings.
    private static final int MOST_VARINT_BYTES = 5;

    private TensorMessages() {}

    /// @param name of the input
    /// @param most bytes that it may take when it is complete, since few elements may stand for many
    /// @return in the message's own memory, where it came as bytes
    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID if it is no tensor, REQUEST_TOO_LARGE if it is too
    ///     large
    static TensorInput input(String name, TensorProto proto, long most) {
        ElementType type = DataTypes.of(proto.getDtypeValue(), name);
        Shape shape = shape(proto.getTensorShape(), name);
        long elements = elements(shape, name);
        long given = given(proto, name);
        long own = count(proto, type);
        if (given != own) {
            throw TensorElements.invalid(name, "values of another type than its dtype " + DataTypes.of(type));
        }
        if (!proto.getTensorContent().isEmpty()) {
            if (given > 0) {
                throw TensorElements.invalid(name, "both tensor_content and values (expected: one of them)");
            }
            MemorySegment content =
                    MemorySegment.ofBuffer(proto.getTensorContent().asReadOnlyByteBuffer());
            return new TensorInput(
                    name, type, shape, type == ElementType.STRING ? repacked(content, elements, most, name) : content);
        }
        if (own > elements) {
            throw TensorElements.invalid(
                    name, own + " values (expected: at most " + elements + ", those of its shape " + shape + ")");
        }
        requireRoom(elements, type.isFixedSize() ? type.bytes() : Integer.BYTES, most, name);
        return new TensorInput(
                name,
                type,
                shape,
                type == ElementType.STRING
                        ? strings(proto, elements, most, name)
                        : numbers(proto, type, Math.toIntExact(elements), name));
    }

    private static Shape shape(TensorShapeProto proto, String name) {
        if (proto.getUnknownRank()) {
            throw TensorElements.invalid(name, "its shape is unknown (expected: the tensor's own)");
        }
        List<Long> extents = new ArrayList<>(proto.getDimCount());
        proto.getDimList().forEach(dim -> extents.add(dim.getSize()));
        return TensorElements.shape(extents, name);
    }

    static TensorShapeProto shape(Shape shape) {
        TensorShapeProto.Builder proto = TensorShapeProto.newBuilder();
        shape.extents()
                .forEach(
                        extent -> proto.addDim(TensorShapeProto.Dim.newBuilder().setSize(extent)));
        return proto.build();
    }

    private static long elements(Shape shape, String name) {
        try {
            return shape.elements();
        } catch (ArithmeticException _) {
            throw TensorElements.invalid(name, "shape " + shape + " has too many elements");
        }
    }

    /// Values in all fields together.
    private static long given(TensorProto proto, String name) {
        if (!proto.getUnknownFields().asMap().isEmpty()) {
            throw TensorElements.invalid(name, "values of a type that is not served");
        }
        return (long) proto.getFloatValCount()
                + proto.getDoubleValCount()
                + proto.getIntValCount()
                + proto.getStringValCount()
                + proto.getInt64ValCount()
                + proto.getBoolValCount()
                + proto.getHalfValCount()
                + proto.getUint32ValCount()
                + proto.getUint64ValCount();
    }

    /// Values in the type's own field.
    private static int count(TensorProto proto, ElementType type) {
        return switch (type) {
            case FLOAT32 -> proto.getFloatValCount();
            case FLOAT64 -> proto.getDoubleValCount();
            case FLOAT16, BFLOAT16 -> proto.getHalfValCount();
            case UINT8, UINT16, INT8, INT16, INT32 -> proto.getIntValCount();
            case INT64 -> proto.getInt64ValCount();
            case UINT32 -> proto.getUint32ValCount();
            case UINT64 -> proto.getUint64ValCount();
            case BOOL -> proto.getBoolValCount();
            case STRING -> proto.getStringValCount();
        };
    }

    /// @param bytes of an element, at least
    private static void requireRoom(long elements, int bytes, long most, String name) {
        if (elements > most / bytes) {
            throw Failure.ofField(
                            Reason.REQUEST_TOO_LARGE,
                            name,
                            "input " + Words.quoted(name) + ": " + elements + " elements (expected: at most "
                                    + most / bytes + ", a body's worth)")
                    .asException();
        }
    }

    /// The last value is repeated, and where there is none, all are zero.
    private static MemorySegment numbers(TensorProto proto, ElementType type, int elements, String name) {
        int bytes = type.bytes();
        MemorySegment packed = MemorySegment.ofArray(new byte[elements * bytes]);
        int count = count(proto, type);
        for (int i = 0; i < count; i++) {
            put(packed, proto, type, i, name);
        }
        if (count > 0) {
            // Each step doubles what is there.
            long from = (long) (count - 1) * bytes;
            for (long at = (long) count * bytes; at < packed.byteSize(); ) {
                long length = Math.min(at - from, packed.byteSize() - at);
                MemorySegment.copy(packed, from, packed, at, length);
                at += length;
            }
        }
        return packed;
    }

    private static void put(MemorySegment packed, TensorProto proto, ElementType type, int i, String name) {
        switch (type) {
            case FLOAT32 -> packed.setAtIndex(TensorElements.F32, i, proto.getFloatVal(i));
            case FLOAT64 -> packed.setAtIndex(TensorElements.F64, i, proto.getDoubleVal(i));
            case FLOAT16, BFLOAT16 ->
                packed.setAtIndex(TensorElements.I16, i, (short) ranged(proto.getHalfVal(i), 0, 0xffff, name));
            case UINT8 -> packed.set(ValueLayout.JAVA_BYTE, i, (byte) ranged(proto.getIntVal(i), 0, 0xff, name));
            case INT8 ->
                packed.set(ValueLayout.JAVA_BYTE, i, (byte)
                        ranged(proto.getIntVal(i), Byte.MIN_VALUE, Byte.MAX_VALUE, name));
            case UINT16 ->
                packed.setAtIndex(TensorElements.I16, i, (short) ranged(proto.getIntVal(i), 0, 0xffff, name));
            case INT16 ->
                packed.setAtIndex(TensorElements.I16, i, (short)
                        ranged(proto.getIntVal(i), Short.MIN_VALUE, Short.MAX_VALUE, name));
            case INT32 -> packed.setAtIndex(TensorElements.I32, i, proto.getIntVal(i));
            case INT64 -> packed.setAtIndex(TensorElements.I64, i, proto.getInt64Val(i));
            case UINT32 -> packed.setAtIndex(TensorElements.I32, i, proto.getUint32Val(i));
            case UINT64 -> packed.setAtIndex(TensorElements.I64, i, proto.getUint64Val(i));
            case BOOL -> packed.set(ValueLayout.JAVA_BYTE, i, (byte) (proto.getBoolVal(i) ? 1 : 0));
            case STRING -> throw new IllegalArgumentException(type + " (expected: a number)");
        }
    }

    private static int ranged(int value, int least, int most, String name) {
        if (value < least || value > most) {
            throw TensorElements.invalid(
                    name, "a value of " + value + " is out of range (expected: " + least + ".." + most + ")");
        }
        return value;
    }

    private static MemorySegment strings(TensorProto proto, long elements, long most, String name) {
        List<byte[]> strings = new ArrayList<>();
        proto.getStringValList().forEach(string -> strings.add(string.toByteArray()));
        byte[] last = strings.isEmpty() ? new byte[0] : strings.getLast();
        requireRoom(elements - strings.size(), Integer.BYTES + last.length, most, name);
        while (strings.size() < elements) {
            strings.add(last);
        }
        return packed(strings);
    }

    private static MemorySegment packed(List<byte[]> strings) {
        MemorySegment packed = MemorySegment.ofArray(new byte[Math.toIntExact(PackedStrings.size(strings))]);
        PackedStrings.write(strings, packed);
        return packed;
    }

    /// Strings as TensorFlow packs them: all lengths, each as a number of the wire, and then all bytes.
    private static MemorySegment repacked(MemorySegment content, long elements, long most, String name) {
        if (elements > content.byteSize()) {
            throw TensorElements.invalid(name, "tensor_content has fewer strings than its shape");
        }
        requireRoom(elements, Integer.BYTES, most, name);
        int[] lengths = new int[(int) elements];
        long at = 0;
        long total = 0;
        for (int i = 0; i < lengths.length; i++) {
            long length = 0;
            int taken = 0;
            byte part;
            do {
                if (at == content.byteSize() || taken == MOST_VARINT_BYTES) {
                    throw TensorElements.invalid(name, "tensor_content has no lengths of all its strings");
                }
                part = content.get(ValueLayout.JAVA_BYTE, at++);
                length |= (long) (part & 0x7f) << (7 * taken++);
            } while (part < 0);
            total += length;
            if (length > content.byteSize()) {
                throw TensorElements.invalid(name, "tensor_content has a string longer than itself");
            }
            lengths[i] = (int) length;
        }
        if (total != content.byteSize() - at) {
            throw TensorElements.invalid(
                    name,
                    "tensor_content has " + (content.byteSize() - at) + " bytes of strings (expected: " + total
                            + ", as its lengths say)");
        }
        MemorySegment packed = MemorySegment.ofArray(new byte[Math.toIntExact(total + elements * Integer.BYTES)]);
        long to = 0;
        for (int length : lengths) {
            packed.set(TensorElements.I32, to, length);
            MemorySegment.copy(content, at, packed, to + Integer.BYTES, length);
            at += length;
            to += Integer.BYTES + (long) length;
        }
        return packed;
    }

    /// With values in the field of their type, since that is what clients look for; numbers with a fraction lie on the wire as
    /// they lie in memory, and are not copied.
    ///
    /// @return on the output's own memory, which has to last until it is written
    static TensorProto message(TensorOutput output) {
        TensorProto.Builder proto =
                TensorProto.newBuilder().setDtype(DataTypes.of(output.type())).setTensorShape(shape(output.shape()));
        switch (output.type()) {
            case FLOAT32 -> lend(proto, TensorProto.FLOAT_VAL_FIELD_NUMBER, output);
            case FLOAT64 -> lend(proto, TensorProto.DOUBLE_VAL_FIELD_NUMBER, output);
            case STRING -> output.parts().forEach(part -> addStrings(proto, part));
            case FLOAT16, BFLOAT16, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, BOOL -> {
                for (MemorySegment part : output.parts()) {
                    long elements = part.byteSize() / output.type().bytes();
                    for (long i = 0; i < elements; i++) {
                        add(proto, output.type(), part, i);
                    }
                }
            }
        }
        return proto.build();
    }

    /// A repeated field of fixed size is its elements one after the other behind their length, which is what a field of bytes
    /// is.
    private static void lend(TensorProto.Builder proto, int field, TensorOutput output) {
        ByteString bytes = ByteString.EMPTY;
        for (MemorySegment part : output.parts()) {
            bytes = bytes.concat(UnsafeByteOperations.unsafeWrap(part.asByteBuffer()));
        }
        if (!bytes.isEmpty()) {
            proto.setUnknownFields(UnknownFieldSet.newBuilder()
                    .addField(
                            field,
                            UnknownFieldSet.Field.newBuilder()
                                    .addLengthDelimited(bytes)
                                    .build())
                    .build());
        }
    }

    /// Each part is whole strings, to its end.
    private static void addStrings(TensorProto.Builder proto, MemorySegment part) {
        long at = 0;
        while (at < part.byteSize()) {
            int length = part.get(TensorElements.I32, at);
            at += Integer.BYTES;
            proto.addStringVal(
                    UnsafeByteOperations.unsafeWrap(part.asSlice(at, length).asByteBuffer()));
            at += length;
        }
    }

    private static void add(TensorProto.Builder proto, ElementType type, MemorySegment data, long i) {
        switch (type) {
            case FLOAT16, BFLOAT16 -> proto.addHalfVal(Short.toUnsignedInt(data.getAtIndex(TensorElements.I16, i)));
            case UINT8 -> proto.addIntVal(data.get(ValueLayout.JAVA_BYTE, i) & 0xff);
            case INT8 -> proto.addIntVal(data.get(ValueLayout.JAVA_BYTE, i));
            case UINT16 -> proto.addIntVal(Short.toUnsignedInt(data.getAtIndex(TensorElements.I16, i)));
            case INT16 -> proto.addIntVal(data.getAtIndex(TensorElements.I16, i));
            case INT32 -> proto.addIntVal(data.getAtIndex(TensorElements.I32, i));
            case INT64 -> proto.addInt64Val(data.getAtIndex(TensorElements.I64, i));
            case UINT32 -> proto.addUint32Val(data.getAtIndex(TensorElements.I32, i));
            case UINT64 -> proto.addUint64Val(data.getAtIndex(TensorElements.I64, i));
            case BOOL -> proto.addBoolVal(data.get(ValueLayout.JAVA_BYTE, i) != 0);
            case FLOAT32, FLOAT64, STRING -> throw new IllegalArgumentException(type + " (expected: another type)");
        }
    }
}
