package dev.firstpass.server.runtime.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.registry.onnx.proto.GraphProto;
import dev.firstpass.registry.onnx.proto.TensorProto;
import dev.firstpass.registry.onnx.proto.TypeProto;
import dev.firstpass.registry.onnx.proto.ValueInfoProto;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSample;
import dev.firstpass.server.runtime.engine.EngineSession;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OnnxEngineTest {
    @TempDir
    Path folder = Path.of("");

    @Test
    void load_telemetryNotSwitchedOff_isRefused() {
        for (Map<String, String> environment : List.<Map<String, String>>of(
                Map.of(),
                Map.of("ORT_DISABLE_TELEMETRY", "0"),
                Map.of("ORT_DISABLE_TELEMETRY", ""),
                Map.of("CI", "true"))) {
            EngineException thrown =
                    assertThrows(EngineException.class, () -> OnnxEngine.load(environment, 1), environment::toString);
            assertTrue(String.valueOf(thrown.getMessage()).contains("ORT_DISABLE_TELEMETRY"));
        }
    }

    /// ONNX Runtime has a format of its own, which it takes a file of this name for; registration reads ONNX alone.
    @Test
    void open_fileNamedLikeAnotherFormat_isReadAsOnnx() throws IOException {
        OnnxSample sample = new OnnxSample();
        Path model = sample.write(EngineSample.Files.DOUBLING, folder);

        try (Engine engine = sample.engine();
                EngineSession session = engine.open(Files.move(model, folder.resolve("model.ort")))) {
            assertEquals("x", session.signature().inputs().getFirst().name());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"UINT32", "UINT64"})
    void run_whoseOutputIsUnsigned_givesNumbersBeyondTheSignBit(ElementType type) throws IOException {
        float large = (float) Math.scalb(1.0, 8 * type.bytes() - 1);
        OnnxSample sample = new OnnxSample();
        try (Engine engine = sample.engine();
                EngineSession session = engine.open(sample.writeCast(type, folder));
                Arena arena = Arena.ofConfined()) {
            BatchTensor output = run(session, arena, floats(arena, "x", Shape.of(2), 1, large));

            assertEquals(type, output.type());
            Tensor view = new Tensor(output.name(), output.type(), output.shape(), output.data());
            assertArrayEquals(new float[] {1, large}, view.floats());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"UINT16", "UINT32", "UINT64"})
    void open_ofAModelWhoseInputCannotBeFed_saysSo(ElementType type) throws IOException {
        Path model = new OnnxSample().writeIdentity(type, folder);
        refused(model, "input x: " + type);
    }

    @Test
    void open_ofAModelWithAnOptionalOutput_saysSo() throws IOException {
        // Fields that the registry's copy of the format leaves out: optional_type, and its elem_type.
        ByteString element =
                OnnxParts.value("", TensorProto.DataType.FLOAT, 2).getType().toByteString();
        ByteString type = field(9, field(1, element).toByteString()).toByteString();
        ValueInfoProto optional = ValueInfoProto.newBuilder()
                .setName("y")
                .setType(TypeProto.parseFrom(type))
                .build();
        refused(
                OnnxSample.write(
                        OnnxSample.graph(
                                OnnxParts.node("Optional", "y", "x"),
                                OnnxParts.value("x", TensorProto.DataType.FLOAT, 2),
                                optional),
                        folder.resolve("optional.onnx"),
                        15),
                "cannot open the model");
    }

    @Test
    void signature_ofAnInputWithAValueOfItsOwn_leavesItOut() throws IOException {
        GraphProto.Builder graph = OnnxSample.graph(
                        OnnxParts.node("Add", "y", "x", "w"),
                        OnnxParts.value("x", TensorProto.DataType.FLOAT, 1),
                        OnnxParts.value("y", TensorProto.DataType.FLOAT, 1))
                .addInput(OnnxParts.value("w", TensorProto.DataType.FLOAT, 1))
                .addInitializer(TensorProto.newBuilder()
                        .setName("w")
                        .setDataType(TensorProto.DataType.FLOAT.getNumber())
                        .addDims(1)
                        .setRawData(ByteString.copyFrom(new byte[] {0, 0, (byte) 0x80, 0x3f})));
        try (Engine engine = new OnnxSample().engine();
                EngineSession session = engine.open(OnnxSample.write(graph, folder.resolve("own.onnx"), 13));
                Arena arena = Arena.ofConfined()) {
            assertEquals(1, session.signature().inputs().size());
            assertArrayEquals(
                    new float[] {6},
                    run(session, arena, floats(arena, "x", Shape.of(1), 5))
                            .data()
                            .toArray(ValueLayout.JAVA_FLOAT));
        }
    }

    /// ONNX Runtime's Java would hand the model other bytes than these are in UTF-8.
    @ParameterizedTest
    @ValueSource(strings = {"\uD83C\uDF31", "a\0b"})
    void run_ofTextThatCannotBePassedOn_saysSo(String text) throws IOException {
        OnnxSample sample = new OnnxSample();
        try (Engine engine = sample.engine();
                EngineSession session = engine.open(sample.writeIdentity(ElementType.STRING, folder));
                Arena arena = Arena.ofConfined()) {
            List<byte[]> strings = List.of(new byte[0], text.getBytes(StandardCharsets.UTF_8), new byte[0]);
            MemorySegment data = arena.allocate(PackedStrings.size(strings));
            PackedStrings.write(strings, data);
            BatchTensor input = new BatchTensor("x", ElementType.STRING, Shape.of(1, 3), data);

            EngineException thrown = assertThrows(EngineException.class, () -> run(session, arena, input));
            assertTrue(String.valueOf(thrown.getMessage()).startsWith("input x: a character"), thrown::getMessage);
        }
    }

    /// One output can be written in place, the other cannot.
    @Test
    void run_ofNumbersAndStrings_givesBoth() throws IOException {
        GraphProto.Builder graph = OnnxSample.graph(
                        OnnxParts.node("Add", "number", "x", "x"),
                        OnnxParts.value("x", TensorProto.DataType.FLOAT, OnnxParts.OPEN),
                        OnnxParts.value("number", TensorProto.DataType.FLOAT, OnnxParts.OPEN))
                .addNode(OnnxParts.node("Identity", "text", "words"))
                .addInput(OnnxParts.value("words", TensorProto.DataType.STRING, OnnxParts.OPEN))
                .addOutput(OnnxParts.value("text", TensorProto.DataType.STRING, OnnxParts.OPEN));
        try (Engine engine = new OnnxSample().engine();
                EngineSession session = engine.open(OnnxSample.write(graph, folder.resolve("both.onnx"), 13));
                Arena arena = Arena.ofConfined()) {
            for (String word : List.of("oat", "barley")) {
                List<byte[]> words = List.of(word.getBytes(StandardCharsets.UTF_8));
                MemorySegment data = arena.allocate(PackedStrings.size(words));
                PackedStrings.write(words, data);

                List<BatchTensor> outputs = session.run(
                        List.of(
                                floats(arena, "x", Shape.of(1), 2),
                                new BatchTensor("words", ElementType.STRING, Shape.of(1), data)),
                        bytes -> arena.allocate(bytes, 8));

                assertArrayEquals(new float[] {4}, outputs.getFirst().data().toArray(ValueLayout.JAVA_FLOAT));
                assertEquals(List.of(word), PackedStrings.text(outputs.getLast().data(), 1));
            }
        }
    }

    /// Placed beforehand, an output of another size makes ONNX Runtime fail, complain to the standard error and run again.
    @Test
    void run_ofAnOutputWhoseSizeAnInputTells_isNotPlacedBeforehand() throws IOException {
        GraphProto.Builder graph = OnnxSample.graph(
                        OnnxParts.node("ConstantOfShape", "y", "size"),
                        OnnxParts.value("x", TensorProto.DataType.FLOAT, OnnxParts.OPEN),
                        unnamed("y"))
                .addInput(OnnxParts.value("size", TensorProto.DataType.INT64, 1))
                .addNode(OnnxParts.node("Identity", "same", "x"))
                .addOutput(OnnxParts.value("same", TensorProto.DataType.FLOAT, OnnxParts.OPEN));
        try (Engine engine = new OnnxSample().engine();
                EngineSession session = engine.open(OnnxSample.write(graph, folder.resolve("told.onnx"), 13));
                Arena arena = Arena.ofConfined()) {
            for (long size : List.of(2L, 2L, 3L, 5L)) {
                List<Long> allocated = new ArrayList<>();
                List<BatchTensor> outputs = session.run(
                        List.of(
                                floats(arena, "x", Shape.of(1), 7),
                                new BatchTensor(
                                        "size",
                                        ElementType.INT64,
                                        Shape.of(1),
                                        arena.allocateFrom(ValueLayout.JAVA_LONG, size))),
                        bytes -> {
                            allocated.add(bytes);
                            return arena.allocate(bytes, 8);
                        });

                assertEquals(Shape.of(size), outputs.getFirst().shape());
                assertEquals(List.of(4 * size, 4L), allocated);
            }
        }
    }

    /// As exporters leave an axis that they cannot tell.
    private static ValueInfoProto unnamed(String name) {
        ValueInfoProto.Builder value = OnnxParts.value(name, TensorProto.DataType.FLOAT, OnnxParts.OPEN).toBuilder();
        value.getTypeBuilder()
                .getTensorTypeBuilder()
                .getShapeBuilder()
                .getDimBuilder(0)
                .clearDimParam();
        return value.build();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void run_withoutTheSizeOfTheImage_fillsItIn(int rows) throws IOException {
        GraphProto.Builder graph = OnnxSample.graph(
                        OnnxParts.node("Identity", "y", "orig_target_sizes"),
                        OnnxParts.value("images", TensorProto.DataType.FLOAT, OnnxParts.OPEN, 3, 4, 6),
                        OnnxParts.value("y", TensorProto.DataType.INT64, OnnxParts.OPEN, 2))
                .addInput(OnnxParts.value("orig_target_sizes", TensorProto.DataType.INT64, OnnxParts.OPEN, 2))
                .addNode(OnnxParts.node("Identity", "same", "images"))
                .addOutput(OnnxParts.value("same", TensorProto.DataType.FLOAT, OnnxParts.OPEN, 3, 4, 6));
        try (Engine engine = new OnnxSample().engine();
                EngineSession session = engine.open(OnnxSample.write(graph, folder.resolve("sized.onnx"), 13));
                Arena arena = Arena.ofConfined()) {
            BatchTensor images = floats(arena, "images", Shape.of(rows, 3, 4, 6), new float[rows * 72]);
            long[] filled = new long[2 * rows];
            Arrays.setAll(filled, i -> i % 2 == 0 ? 6 : 4);
            long[] told = LongStream.range(0, 2L * rows).toArray();
            for (int run = 0; run < 2; run++) {
                assertArrayEquals(filled, run(session, arena, images).data().toArray(ValueLayout.JAVA_LONG));
                BatchTensor sizes = new BatchTensor(
                        "orig_target_sizes",
                        ElementType.INT64,
                        Shape.of(rows, 2),
                        arena.allocateFrom(ValueLayout.JAVA_LONG, told));
                assertArrayEquals(
                        told,
                        session.run(List.of(images, sizes), bytes -> arena.allocate(bytes, 8))
                                .getFirst()
                                .data()
                                .toArray(ValueLayout.JAVA_LONG));
            }
        }
    }

    private static UnknownFieldSet field(int number, ByteString value) {
        return UnknownFieldSet.newBuilder()
                .addField(
                        number,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(value)
                                .build())
                .build();
    }

    private static void refused(Path model, String reason) {
        try (Engine engine = new OnnxSample().engine()) {
            EngineException thrown =
                    assertThrows(EngineException.class, () -> engine.open(model).close());
            assertTrue(String.valueOf(thrown.getMessage()).startsWith(reason), thrown::getMessage);
        }
    }

    private static BatchTensor run(EngineSession session, Arena arena, BatchTensor input) {
        return session.run(List.of(input), bytes -> arena.allocate(bytes, 8)).getFirst();
    }

    private static BatchTensor floats(Arena arena, String name, Shape shape, float... values) {
        return new BatchTensor(name, ElementType.FLOAT32, shape, arena.allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }
}
