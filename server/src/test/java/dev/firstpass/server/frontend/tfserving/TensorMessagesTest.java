package dev.firstpass.server.frontend.tfserving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.proto.tensorflow.DataType;
import dev.firstpass.proto.tensorflow.TensorProto;
import dev.firstpass.proto.tensorflow.TensorShapeProto;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.pipeline.TensorInput;
import dev.firstpass.server.pipeline.TensorOutput;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;

final class TensorMessagesTest {
    private static final long MOST = 1 << 20;

    static final List<Named<TensorProto>> BAD = List.of(
            bad("no type", tensor(DataType.DT_INVALID, 2).addFloatVal(1)),
            bad("an unknown type", tensor(DataType.DT_FLOAT, 2).setDtypeValue(4711)),
            bad("a reference", tensor(DataType.DT_FLOAT, 2).setDtypeValue(101)),
            bad("complex numbers", tensor(DataType.DT_COMPLEX64, 2)),
            bad("a resource", tensor(DataType.DT_RESOURCE, 1)),
            bad("a negative axis", tensor(DataType.DT_FLOAT, 2, -1).addFloatVal(1)),
            bad("an overflowing shape", tensor(DataType.DT_FLOAT, 1L << 40, 1L << 40)),
            bad("a huge shape", tensor(DataType.DT_FLOAT, 1L << 30).addFloatVal(1)),
            bad("a huge shape of nothing", tensor(DataType.DT_INT8, Long.MAX_VALUE)),
            bad("a huge shape of strings", tensor(DataType.DT_STRING, 1 << 17).addStringVal(text("longer"))),
            bad("33 axes", tensor(DataType.DT_FLOAT, new long[33])),
            bad(
                    "an unknown rank",
                    tensor(DataType.DT_FLOAT)
                            .setTensorShape(TensorShapeProto.newBuilder().setUnknownRank(true))),
            bad(
                    "too many values",
                    tensor(DataType.DT_FLOAT, 2).addFloatVal(1).addFloatVal(2).addFloatVal(3)),
            bad("values of another type", tensor(DataType.DT_FLOAT, 2).addDoubleVal(1)),
            bad(
                    "values of two types",
                    tensor(DataType.DT_FLOAT, 2).addFloatVal(1).addIntVal(1)),
            bad(
                    "values and content",
                    tensor(DataType.DT_FLOAT, 1).addFloatVal(1).setTensorContent(ByteString.copyFrom(new byte[4]))),
            bad("an int8 out of range", tensor(DataType.DT_INT8, 1).addIntVal(128)),
            bad("a uint8 out of range", tensor(DataType.DT_UINT8, 1).addIntVal(-1)),
            bad("a uint16 out of range", tensor(DataType.DT_UINT16, 1).addIntVal(65536)),
            bad("an int16 out of range", tensor(DataType.DT_INT16, 1).addIntVal(-32769)),
            bad("half a number out of range", tensor(DataType.DT_HALF, 1).addHalfVal(1 << 16)),
            bad("content without all lengths", tensor(DataType.DT_STRING, 3).setTensorContent(bytes(1, 0x81))),
            bad(
                    "content whose length does not end",
                    tensor(DataType.DT_STRING, 1).setTensorContent(bytes(0xff, 0xff, 0xff, 0xff, 0xff, 1))),
            bad(
                    "content with more than its lengths",
                    tensor(DataType.DT_STRING, 1).setTensorContent(bytes(1, 'a', 'b'))),
            bad(
                    "content with less than its lengths",
                    tensor(DataType.DT_STRING, 1).setTensorContent(bytes(3, 'a', 'b'))),
            bad(
                    "content with huge lengths",
                    tensor(DataType.DT_STRING, 2).setTensorContent(bytes(0xff, 0xff, 0xff, 0xff, 0x0f, 0, 1))));

    @ParameterizedTest
    @FieldSource("BAD")
    void input_thatIsNone_isRefused(TensorProto proto) {
        Reason reason = Failures.of(assertThrows(RuntimeException.class, () -> TensorMessages.input("x", proto, MOST)))
                .reason();
        assertTrue(reason == Reason.ARGUMENT_INVALID || reason == Reason.REQUEST_TOO_LARGE, reason::name);
    }

    /// What a model gives is read by clients as it was, and can be sent to a model again.
    @ParameterizedTest
    @EnumSource(ElementType.class)
    void message_ofEveryType_comesBackAsItWas(ElementType type) throws InvalidProtocolBufferException {
        MemorySegment data = data(type, 6);
        try (Arena arena = Arena.ofConfined()) {
            long middle =
                    type == ElementType.STRING ? PackedStrings.part(data, 0, 3).byteSize() : data.byteSize() / 2;
            MemorySegment slab = arena.allocate(data.byteSize()).copyFrom(data);
            TensorOutput output =
                    new TensorOutput("x", type, Shape.of(2, 3), List.of(slab.asSlice(0, middle), slab.asSlice(middle)));

            TensorProto read =
                    TensorProto.parseFrom(TensorMessages.message(output).toByteArray());

            assertEquals(DataTypes.of(type), read.getDtype());
            assertTrue(read.getUnknownFields().asMap().isEmpty());
            TensorInput input = TensorMessages.input("x", read, MOST);
            assertEquals(type, input.type());
            assertEquals(Shape.of(2, 3), input.shape());
            assertArrayEquals(array(data), array(input.data()));
        }
    }

    @ParameterizedTest
    @EnumSource(value = ElementType.class, mode = EnumSource.Mode.EXCLUDE, names = "STRING")
    void input_asContent_isNotCopied(ElementType type) {
        byte[] bytes = array(data(type, 6));
        ByteString content = ByteString.copyFrom(bytes);

        TensorInput input = TensorMessages.input(
                "x", tensor(DataTypes.of(type), 6).setTensorContent(content).build(), MOST);

        assertArrayEquals(bytes, array(input.data()));
        assertTrue(input.data().isReadOnly());
    }

    @Test
    void message_ofFloats_hasThemWhereClientsLook() throws InvalidProtocolBufferException {
        MemorySegment data = MemorySegment.ofArray(new byte[8]);
        data.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 0, 1.5f);
        data.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4, Float.NaN);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment slab = arena.allocate(8).copyFrom(data);
            TensorProto message =
                    TensorMessages.message(new TensorOutput("x", ElementType.FLOAT32, Shape.of(2), List.of(slab)));

            assertEquals(
                    List.of(1.5f, Float.NaN),
                    TensorProto.parseFrom(message.toByteArray()).getFloatValList());
        }
    }

    @Test
    void message_ofNothing_isEmpty() {
        TensorProto message =
                TensorMessages.message(new TensorOutput("x", ElementType.FLOAT32, Shape.of(0, 4), List.of()));

        assertTrue(message.getUnknownFields().asMap().isEmpty());
        assertEquals(4, message.getTensorShape().getDim(1).getSize());
    }

    @Test
    void input_withFewerValues_repeatsTheLast() {
        TensorProto proto =
                tensor(DataType.DT_INT32, 7).addIntVal(5).addIntVal(-3).build();

        assertEquals(List.of(5, -3, -3, -3, -3, -3, -3), ints(TensorMessages.input("x", proto, MOST)));
        assertEquals(
                List.of(0, 0, 0),
                ints(TensorMessages.input("x", tensor(DataType.DT_INT32, 3).build(), MOST)));
        TensorProto words =
                tensor(DataType.DT_STRING, 3).addStringVal(text("a")).build();
        assertEquals(
                List.of("a", "a", "a"),
                PackedStrings.text(TensorMessages.input("x", words, MOST).data(), 3));
    }

    /// Each takes four bytes more than on the wire.
    @Test
    void input_ofMoreStringsThanThereIsRoomFor_isRefused() {
        int count = (int) MOST / 2;
        TensorProto proto = tensor(DataType.DT_STRING, count)
                .setTensorContent(ByteString.copyFrom(new byte[count]))
                .build();
        assertEquals(
                Reason.REQUEST_TOO_LARGE,
                Failures.of(assertThrows(RuntimeException.class, () -> TensorMessages.input("x", proto, MOST)))
                        .reason());
    }

    @Test
    void input_ofStringsAsContent_isReadAsTensorFlowPacksThem() {
        TensorProto proto = tensor(DataType.DT_STRING, 3)
                .setTensorContent(bytes(1, 0, 2, 'a', 'b', 'c'))
                .build();

        assertEquals(
                List.of("a", "", "bc"),
                PackedStrings.text(TensorMessages.input("x", proto, MOST).data(), 3));
    }

    @Test
    void input_withoutAxes_isOneElement() {
        TensorProto proto = TensorProto.newBuilder()
                .setDtype(DataType.DT_INT32)
                .addIntVal(9)
                .build();

        TensorInput input = TensorMessages.input("x", proto, MOST);

        assertEquals(Shape.of(), input.shape());
        assertEquals(List.of(9), ints(input));
    }

    private static Named<TensorProto> bad(String name, TensorProto.Builder proto) {
        return Named.of(name, proto.build());
    }

    static TensorProto.Builder tensor(DataType type, long... extents) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long extent : extents) {
            shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(extent));
        }
        return TensorProto.newBuilder().setDtype(type).setTensorShape(shape);
    }

    /// Of a few values of each type, by a fixed seed.
    private static MemorySegment data(ElementType type, int elements) {
        Random random = new Random(7);
        if (type == ElementType.STRING) {
            List<byte[]> strings = random.ints(elements, 0, 300)
                    .mapToObj(length -> {
                        byte[] bytes = new byte[length];
                        random.nextBytes(bytes);
                        return bytes;
                    })
                    .toList();
            MemorySegment packed = MemorySegment.ofArray(new byte[Math.toIntExact(PackedStrings.size(strings))]);
            PackedStrings.write(strings, packed);
            return packed;
        }
        byte[] bytes = new byte[elements * type.bytes()];
        random.nextBytes(bytes);
        if (type == ElementType.BOOL) {
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] &= 1;
            }
        }
        return MemorySegment.ofArray(bytes);
    }

    private static List<Integer> ints(TensorInput input) {
        return Arrays.stream(input.data().toArray(ValueLayout.JAVA_INT_UNALIGNED))
                .boxed()
                .toList();
    }

    private static byte[] array(MemorySegment data) {
        return data.toArray(ValueLayout.JAVA_BYTE);
    }

    private static ByteString text(String text) {
        return ByteString.copyFrom(text, StandardCharsets.UTF_8);
    }

    private static ByteString bytes(int... bytes) {
        byte[] all = new byte[bytes.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) bytes[i];
        }
        return ByteString.copyFrom(all);
    }
}
