package dev.firstpass.server.runtime.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.server.runtime.engine.EngineSample.Files;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What every engine must do, run over all of them. Each brings the same few models in its own kind of file.
final class EngineContractTest {
    static final List<EngineSample> ENGINES = EngineSample.ALL;

    @TempDir
    Path folder;

    @ParameterizedTest
    @FieldSource("ENGINES")
    void signature_ofAModel_isWhatTheFileDeclares(EngineSample sample) throws IOException {
        try (Engine engine = sample.engine();
                EngineSession session = engine.open(sample.write(Files.DOUBLING, folder))) {
            var input = session.signature().inputs().getFirst();
            assertEquals("x", input.name());
            assertEquals(ElementType.FLOAT32, input.type());
            assertEquals(Shape.of(Shape.DYNAMIC, 2), input.shape());
            assertEquals("y", session.signature().outputs().getFirst().name());
        }
    }

    @ParameterizedTest
    @FieldSource("ENGINES")
    void run_everyTime_putsTheOutputWhereItIsTold(EngineSample sample) throws IOException {
        try (Engine engine = sample.engine();
                EngineSession session = engine.open(sample.write(Files.DOUBLING, folder));
                Arena arena = Arena.ofConfined()) {
            for (int time = 1; time <= 3; time++) {
                List<MemorySegment> given = new ArrayList<>();
                BatchTensor output = session.run(List.of(floats(arena, Shape.of(1, 2), time, -time)), bytes -> {
                            given.add(arena.allocate(bytes, 64));
                            return given.getLast();
                        })
                        .getFirst();
                assertArrayEquals(new float[] {2 * time, -2 * time}, values(output));
                assertSame(given.getLast(), output.data(), "run " + time);
            }
        }
    }

    @ParameterizedTest
    @FieldSource("ENGINES")
    void run_ofABatch_isEachRowAlone(EngineSample sample) throws IOException {
        try (Engine engine = sample.engine();
                EngineSession session = engine.open(sample.write(Files.DOUBLING, folder));
                Arena arena = Arena.ofConfined()) {
            BatchTensor output = run(session, floats(arena, Shape.of(3, 2), 1, 2, 3, 4, 5, 6), arena);
            assertEquals(Shape.of(3, 2), output.shape());
            assertArrayEquals(new float[] {2, 4, 6, 8, 10, 12}, values(output));
        }
    }

    /// They share what they can, and nobody may notice.
    @ParameterizedTest
    @FieldSource("ENGINES")
    void run_inSeveralSessionsOfOneFileAtATime_isEachAlone_andOneClosedLeavesTheOther(EngineSample sample)
            throws IOException, InterruptedException, ExecutionException {
        Path file = sample.write(Files.DOUBLING, folder);
        try (Engine engine = sample.engine();
                EngineSession staying = engine.open(file);
                ExecutorService callers = Executors.newFixedThreadPool(2)) {
            EngineSession going = engine.open(file);
            List<Future<?>> all = new ArrayList<>();
            for (EngineSession session : List.of(staying, going)) {
                all.add(callers.submit(() -> runOften(session, session.equals(going) ? 1000 : 0)));
            }
            for (Future<?> one : all) {
                var _ = one.get();
            }
            going.close();
            runOften(staying, 0);
        }
    }

    private static void runOften(EngineSession session, int from) {
        try (Arena arena = Arena.ofConfined()) {
            for (int i = from; i < from + 50; i++) {
                BatchTensor input = floats(arena, Shape.of(2, 2), i, -i, i + 0.5f, 1);
                assertArrayEquals(new float[] {2 * i, -2 * i, 2 * i + 1, 2}, values(run(session, input, arena)));
            }
        }
    }

    /// Shapes learned from one run must not be believed of the next where they follow the data.
    @ParameterizedTest
    @FieldSource("ENGINES")
    void run_outputShapeFollowsTheData_isRightEachTime(EngineSample sample) throws IOException {
        try (Engine engine = sample.engine();
                EngineSession session = engine.open(sample.write(Files.POSITIONS_OF_NONZERO, folder));
                Arena arena = Arena.ofConfined()) {
            assertEquals(
                    Shape.of(1, 2),
                    run(session, floats(arena, Shape.of(4), 1, 0, 1, 0), arena).shape());
            assertEquals(
                    Shape.of(1, 4),
                    run(session, floats(arena, Shape.of(4), 1, 1, 1, 1), arena).shape());
            assertEquals(
                    Shape.of(1, 1),
                    run(session, floats(arena, Shape.of(4), 0, 0, 0, 1), arena).shape());
        }
    }

    @ParameterizedTest
    @FieldSource("ENGINES")
    void run_ofWhatTheModelDoesNotTake_failsAndTheSessionGoesOn(EngineSample sample) throws IOException {
        try (Engine engine = sample.engine();
                EngineSession session = engine.open(sample.write(Files.DOUBLING, folder));
                Arena arena = Arena.ofConfined()) {
            assertThrows(EngineException.class, () -> run(session, floats(arena, Shape.of(1, 3), 1, 2, 3), arena));
            assertArrayEquals(new float[] {8, 10}, values(run(session, floats(arena, Shape.of(1, 2), 4, 5), arena)));
        }
    }

    @ParameterizedTest
    @FieldSource("ENGINES")
    void open_ofNoModel_isRefused(EngineSample sample) throws IOException {
        Path text = folder.resolve("notes.txt");
        java.nio.file.Files.writeString(text, "no model at all");
        try (Engine engine = sample.engine()) {
            assertThrows(EngineException.class, () -> engine.open(text));
            assertThrows(EngineException.class, () -> engine.open(folder.resolve("absent")));
        }
    }

    @ParameterizedTest
    @FieldSource("ENGINES")
    void run_ofSeveralInputsAndOutputs_keepsThemApart(EngineSample sample) throws IOException {
        try (Engine engine = sample.engine();
                EngineSession session = engine.open(sample.write(Files.SUM_AND_DIFFERENCE, folder));
                Arena arena = Arena.ofConfined()) {
            BatchTensor a = floats(arena, "a", Shape.of(1, 2), 5, 7);
            BatchTensor b = floats(arena, "b", Shape.of(1, 2), 1, 2);
            // The second run knows the shapes of the first.
            for (List<BatchTensor> inputs : List.of(List.of(a, b), List.of(b, a))) {
                List<BatchTensor> outputs = session.run(inputs, bytes -> arena.allocate(bytes, 64));

                assertEquals(
                        session.signature().outputs().stream()
                                .map(TensorInfo::name)
                                .toList(),
                        outputs.stream().map(BatchTensor::name).toList());
                assertArrayEquals(new float[] {6, 9}, values(named("sum", outputs)));
                assertArrayEquals(new float[] {4, 5}, values(named("difference", outputs)));
            }
        }
    }

    @ParameterizedTest
    @FieldSource("ENGINES")
    void run_withoutOneOfTheInputs_fails(EngineSample sample) throws IOException {
        try (Engine engine = sample.engine();
                EngineSession session = engine.open(sample.write(Files.SUM_AND_DIFFERENCE, folder));
                Arena arena = Arena.ofConfined()) {
            assertThrows(EngineException.class, () -> run(session, floats(arena, "a", Shape.of(1, 2), 1, 2), arena));
        }
    }

    @ParameterizedTest
    @FieldSource("ENGINES")
    void run_ofAScalar_givesAScalar(EngineSample sample) throws IOException {
        try (Engine engine = sample.engine();
                EngineSession session = engine.open(sample.write(Files.DOUBLING_A_SCALAR, folder));
                Arena arena = Arena.ofConfined()) {
            assertEquals(Shape.of(), session.signature().inputs().getFirst().shape());
            for (int time = 1; time <= 2; time++) {
                BatchTensor output = run(session, floats(arena, Shape.of(), time), arena);
                assertEquals(Shape.of(), output.shape());
                assertArrayEquals(new float[] {2 * time}, values(output));
            }
        }
    }

    @ParameterizedTest
    @FieldSource("ENGINES")
    void run_withoutElements_givesNone(EngineSample sample) throws IOException {
        try (Engine engine = sample.engine();
                EngineSession session = engine.open(sample.write(Files.DOUBLING, folder));
                Arena arena = Arena.ofConfined()) {
            for (int time = 1; time <= 2; time++) {
                BatchTensor output = run(session, floats(arena, Shape.of(0, 2)), arena);
                assertEquals(Shape.of(0, 2), output.shape());
                assertEquals(0, output.data().byteSize());
            }
            assertArrayEquals(new float[] {8, 10}, values(run(session, floats(arena, Shape.of(1, 2), 4, 5), arena)));
        }
    }

    @ParameterizedTest
    @FieldSource("ENGINES")
    void run_ofAnotherExtentThanAFixedAxisHas_fails(EngineSample sample) throws IOException {
        try (Engine engine = sample.engine();
                EngineSession session = engine.open(sample.write(Files.POSITIONS_OF_NONZERO, folder));
                Arena arena = Arena.ofConfined()) {
            assertThrows(EngineException.class, () -> run(session, floats(arena, Shape.of(3), 1, 1, 1), arena));
        }
    }

    @ParameterizedTest
    @FieldSource("ENGINES")
    void run_ofStrings_givesThemBack(EngineSample sample) throws IOException {
        try (Engine engine = sample.engine();
                EngineSession session = engine.open(sample.writeIdentity(ElementType.STRING, folder));
                Arena arena = Arena.ofConfined()) {
            assertEquals(
                    ElementType.STRING, session.signature().outputs().getFirst().type());
            // Of other lengths each time, so that nothing can be kept from the run before.
            for (List<String> strings : List.of(
                    List.of("", "weed", "Unkraut im Rübenfeld", "杂草", "a", "b"),
                    List.of("a much longer name than the others", "", "", "", "", "é"))) {
                BatchTensor output = run(session, strings(arena, Shape.of(2, 3), strings), arena);

                assertEquals(ElementType.STRING, output.type());
                assertEquals(Shape.of(2, 3), output.shape());
                assertEquals(strings, PackedStrings.text(output.data(), 6));
            }
        }
    }

    @ParameterizedTest
    @FieldSource("ENGINES")
    void run_ofNoStrings_givesNone(EngineSample sample) throws IOException {
        try (Engine engine = sample.engine();
                EngineSession session = engine.open(sample.writeIdentity(ElementType.STRING, folder));
                Arena arena = Arena.ofConfined()) {
            BatchTensor output = run(session, strings(arena, Shape.of(0, 3), List.of()), arena);

            assertEquals(Shape.of(0, 3), output.shape());
            assertEquals(0, output.data().byteSize());
        }
    }

    @ParameterizedTest
    @FieldSource("ENGINES")
    void run_ofMemoryThatHoldsNoStrings_fails(EngineSample sample) throws IOException {
        try (Engine engine = sample.engine();
                EngineSession session = engine.open(sample.writeIdentity(ElementType.STRING, folder));
                Arena arena = Arena.ofConfined()) {
            MemorySegment endless = arena.allocateFrom(ValueLayout.JAVA_INT, Integer.MAX_VALUE, 0, 0);
            BatchTensor input = new BatchTensor("x", ElementType.STRING, Shape.of(1, 3), endless);
            assertThrows(EngineException.class, () -> run(session, input, arena));
        }
    }

    /// Not every engine takes these as input.
    @ParameterizedTest
    @FieldSource("ENGINES")
    void run_whoseOutputIsUnsigned_givesNumbersBeyondTheSignBit(EngineSample sample) throws IOException {
        try (Engine engine = sample.engine();
                EngineSession session = engine.open(sample.writeCast(ElementType.UINT16, folder));
                Arena arena = Arena.ofConfined()) {
            for (int time = 1; time <= 2; time++) {
                BatchTensor output = run(session, floats(arena, Shape.of(2), time, 40_000), arena);

                assertEquals(ElementType.UINT16, output.type());
                Tensor view = new Tensor(output.name(), output.type(), output.shape(), output.data());
                assertArrayEquals(new float[] {time, 40_000}, view.floats());
            }
        }
    }

    static Stream<Arguments> enginesAndTypes() {
        return ENGINES.stream()
                .flatMap(engine -> Stream.of(
                                ElementType.FLOAT32,
                                ElementType.FLOAT16,
                                ElementType.BFLOAT16,
                                ElementType.FLOAT64,
                                ElementType.UINT8,
                                ElementType.INT32,
                                ElementType.INT64,
                                ElementType.BOOL)
                        .map(type -> Arguments.of(engine, type)));
    }

    @ParameterizedTest
    @MethodSource("enginesAndTypes")
    void run_ofEveryElementType_takesAndGivesItsBytes(EngineSample sample, ElementType type) throws IOException {
        try (Engine engine = sample.engine();
                EngineSession session = engine.open(sample.writeIdentity(type, folder));
                Arena arena = Arena.ofConfined()) {
            assertEquals(type, session.signature().inputs().getFirst().type());
            assertEquals(type, session.signature().outputs().getFirst().type());
            byte[] bytes = new byte[2 * 3 * type.bytes()];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (type == ElementType.BOOL ? i % 2 : 7 * i + 1);
            }

            BatchTensor output = run(
                    session,
                    new BatchTensor("x", type, Shape.of(2, 3), arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes)),
                    arena);

            assertEquals(type, output.type());
            assertEquals(Shape.of(2, 3), output.shape());
            assertArrayEquals(bytes, output.data().toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @ParameterizedTest
    @FieldSource("ENGINES")
    void run_ofAnotherElementType_fails(EngineSample sample) throws IOException {
        try (Engine engine = sample.engine();
                EngineSession session = engine.open(sample.writeIdentity(ElementType.FLOAT16, folder));
                Arena arena = Arena.ofConfined()) {
            assertThrows(EngineException.class, () -> run(session, floats(arena, Shape.of(1, 3), 1, 2, 3), arena));
        }
    }

    private static BatchTensor run(EngineSession session, BatchTensor input, Arena arena) {
        return session.run(List.of(input), bytes -> arena.allocate(bytes, 64)).getFirst();
    }

    private static BatchTensor floats(Arena arena, Shape shape, float... values) {
        return floats(arena, "x", shape, values);
    }

    private static BatchTensor floats(Arena arena, String name, Shape shape, float... values) {
        return new BatchTensor(name, ElementType.FLOAT32, shape, arena.allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    private static BatchTensor strings(Arena arena, Shape shape, List<String> strings) {
        List<byte[]> bytes = strings.stream()
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
        MemorySegment data = arena.allocate(PackedStrings.size(bytes));
        PackedStrings.write(bytes, data);
        return new BatchTensor("x", ElementType.STRING, shape, data);
    }

    private static BatchTensor named(String name, List<BatchTensor> tensors) {
        return tensors.stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static float[] values(BatchTensor tensor) {
        return tensor.data().toArray(ValueLayout.JAVA_FLOAT);
    }
}
