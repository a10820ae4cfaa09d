package dev.firstpass.loadtest.paced;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.onnx.OnnxEngine;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The contract of engines, as far as one can hold it that computes nothing, and its pace.
final class PacedEngineTest {
    private static final Pace EXACT = new Pace(6_000_000, 1_500_000, 64 * 64 * 3, 0, 0);
    private static final byte DIRT = 7;

    @TempDir
    Path folder = Path.of("");

    private final FakePacer pacer = new FakePacer();
    private final PacedEngine engine = new PacedEngine(pacer, 1);

    @Test
    void signature_ofAModel_isWhatTheFileDeclares() throws IOException {
        try (EngineSession session = open(EXACT)) {
            assertEquals(EngineKind.ONNX, engine.kind());
            assertEquals(
                    Shape.of(Shape.DYNAMIC, Shape.DYNAMIC, Shape.DYNAMIC, 3),
                    session.signature().input("image").orElseThrow().shape());
            assertEquals(
                    List.of("boxes", "scores"),
                    session.signature().outputs().stream()
                            .map(output -> output.name())
                            .toList());
        }
    }

    @Test
    void run_ofABatch_takesAFixedTimeAndOneForEachRow() throws IOException {
        try (EngineSession session = open(EXACT);
                Arena arena = Arena.ofConfined()) {
            long before = pacer.nanoTime();
            run(session, pixels(arena, 4, 64), arena);
            assertEquals(12_000_000, pacer.nanoTime() - before);
            assertEquals(1, pacer.parks());
        }
    }

    @Test
    void run_ofLargerRows_takesLongerByTheirArea() throws IOException {
        try (EngineSession session = open(EXACT);
                Arena arena = Arena.ofConfined()) {
            long before = pacer.nanoTime();
            run(session, pixels(arena, 2, 128), arena);
            assertEquals(6_000_000 + 2 * 4 * 1_500_000, pacer.nanoTime() - before);
        }
    }

    @Test
    void run_everyTime_putsZerosWhereItIsTold() throws IOException {
        try (EngineSession session = open(EXACT);
                Arena arena = Arena.ofConfined()) {
            List<BatchTensor> outputs = run(session, pixels(arena, 3, 32), arena);
            assertEquals(Shape.of(3, 1, 4), outputs.getFirst().shape());
            assertEquals(ElementType.FLOAT32, outputs.getFirst().type());
            assertEquals(3 * 4 * Float.BYTES, outputs.getFirst().data().byteSize());
            assertEquals(
                    -1,
                    MemorySegment.ofArray(new byte[48])
                            .mismatch(outputs.getFirst().data()));
        }
    }

    @Test
    void run_withoutRows_givesNone() throws IOException {
        try (EngineSession session = open(EXACT);
                Arena arena = Arena.ofConfined()) {
            assertEquals(
                    Shape.of(0, 1, 4),
                    run(session, pixels(arena, 0, 32), arena).getFirst().shape());
        }
    }

    @Test
    void run_ofWhatTheModelDoesNotTake_failsAndTheSessionGoesOn() throws IOException {
        try (EngineSession session = open(EXACT);
                Arena arena = Arena.ofConfined()) {
            BatchTensor floats =
                    new BatchTensor("image", ElementType.FLOAT32, Shape.of(1, 8, 8, 3), arena.allocate(768));
            assertThrows(EngineException.class, () -> run(session, floats, arena));
            BatchTensor other =
                    new BatchTensor("picture", ElementType.UINT8, Shape.of(1, 8, 8, 3), arena.allocate(192));
            assertThrows(EngineException.class, () -> run(session, other, arena));
            assertEquals(2, run(session, pixels(arena, 1, 32), arena).size());
        }
    }

    @Test
    void run_thatIsInterrupted_failsAndTheNextOneDoesNot() throws IOException {
        try (EngineSession session = open(EXACT);
                Arena arena = Arena.ofConfined()) {
            assertFalse(session.interrupt());
            pacer.parkAtMost(1_000);
            pacer.whenParked(() -> assertTrue(session.interrupt()));
            assertThrows(EngineException.class, () -> run(session, pixels(arena, 1, 32), arena));
            assertEquals(1, pacer.parks());

            pacer.parkAtMost(Long.MAX_VALUE);
            pacer.whenParked(() -> {});
            assertEquals(2, run(session, pixels(arena, 1, 32), arena).size());
        }
    }

    @Test
    void tally_ofRuns_countsRowsWhoseDeadlineHadPassed() throws IOException {
        try (EngineSession session = open(EXACT);
                Arena arena = Arena.ofConfined()) {
            BatchTensor input = pixels(arena, 3, 32);
            Mark.put(input.data().asSlice(0, 3072).asByteBuffer(), pacer.nanoTime() + 1);
            Mark.put(input.data().asSlice(3072, 3072).asByteBuffer(), pacer.nanoTime() - 1);
            run(session, input, arena);
            Tally tally = engine.tally();
            assertEquals(1, tally.runs());
            assertEquals(3, tally.rows());
            assertEquals(2, tally.marked());
            assertEquals(1, tally.late());
            assertEquals(1, tally.lateNanos());
            assertTrue(tally.busyNanos() >= 6_000_000);
        }
    }

    @Test
    void open_ofNoPacedModel_isRefused() throws IOException {
        Path text = Files.writeString(folder.resolve("notes.txt"), "no model at all");
        assertThrows(EngineException.class, () -> engine.open(text));
        assertThrows(EngineException.class, () -> engine.open(folder.resolve("absent")));
    }

    /// No server that somebody works with may answer with nothing because such a file came into it.
    @Test
    void open_ofAPacedModel_byTheRealEngine_isRefused() throws IOException {
        Path bundle = PacedModel.write(folder.resolve("bundle"), EXACT);
        try (Engine real = OnnxEngine.load(Map.of("ORT_DISABLE_TELEMETRY", "1"), 1)) {
            assertThrows(EngineException.class, () -> real.open(bundle.resolve("model.onnx")));
        }
    }

    private EngineSession open(Pace pace) throws IOException {
        return engine.open(PacedModel.write(folder.resolve("bundle"), pace).resolve("model.onnx"));
    }

    private static BatchTensor pixels(Arena arena, int rows, int side) {
        return new BatchTensor(
                "image",
                ElementType.UINT8,
                Shape.of(rows, side, side, 3),
                arena.allocate((long) rows * side * side * 3));
    }

    private static List<BatchTensor> run(EngineSession session, BatchTensor input, Arena arena) {
        return session.run(List.of(input), bytes -> arena.allocate(bytes, 64).fill(DIRT));
    }
}
