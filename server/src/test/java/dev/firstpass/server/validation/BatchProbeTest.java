package dev.firstpass.server.validation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import dev.firstpass.server.runtime.engine.RunLostException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// With sessions of four floats a row, which they double.
final class BatchProbeTest {
    private static final int FLOATS = 4;
    private static final ImageSize SIZE = new ImageSize(2, 2);
    private static final long SECOND = 1_000_000_000L;

    private final Slab slab = new Slab(1 << 20, 1 << 20);
    private final AtomicLong clock = new AtomicLong();
    private final AtomicLong held = new AtomicLong();

    @AfterEach
    void close() {
        assertEquals(0, slab.rows().lentBytes() + slab.results().lentBytes(), "bytes lent");
        slab.close();
    }

    @Test
    void stage_thatDoesWhatItClaims_keepsItsRows() {
        Doubling session = Doubling.honest();
        assertEquals(new BatchProbe.Found(11, Optional.empty()), probe(session, 11));
        assertEquals(List.of(1, 1, 2, 4, 8, 11), session.sizes());
        assertEquals(new BatchProbe.Found(1, Optional.empty()), probe(Doubling.honest(), 1));
    }

    @Test
    void stage_thatFailsWithMore_isLimitedToWhatWorked() {
        assertEquals("4: with 8 the model failed", limit(Doubling.after(rows -> {
            if (rows > 5) {
                throw new EngineException("Input channels C 256 != 128");
            }
        })));
        assertEquals("1: with 2 its process ended", limit(Doubling.after(rows -> {
            if (rows > 1) {
                throw new RunLostException("gone", true, new IllegalStateException());
            }
        })));
    }

    @Test
    void stage_thatAnswersOtherwiseInCompany_isLimitedToWhatIsRight() {
        assertEquals(
                "2: with 4 a row's output y is not what it is alone", limit(Doubling.times(row -> row == 3 ? 2.5 : 2)));
        assertEquals("1: with 2 a row's output y is not what it is alone", limit(Doubling.making(_ -> 1)));
    }

    @Test
    void arithmetic_inAnotherOrder_isNoLie() {
        assertEquals("16", limit(Doubling.times(row -> 2 + row * 1e-4)));
    }

    @Test
    void runs_thatTakeLong_endTheProbe() {
        assertEquals("4: there was no time to try 8", limit(Doubling.after(rows -> {
            clock.addAndGet(rows * SECOND / 2);
        })));
    }

    @Test
    void runs_thatTakeMuchMemory_endTheProbe() {
        assertEquals("4: there is no memory to try 8", limit(Doubling.after(rows -> {
            held.set(rows * 150L);
        })));
    }

    @Test
    void runs_thatDoNotFitTheSlab_endTheProbe() {
        Slab small = new Slab(256, 4096);
        try {
            BatchProbe.Found found = new BatchProbe(
                            Doubling.honest(), "x", new BenchRunner(small), never(), never(), () -> 1000, held::get)
                    .probe(samples(), 64);
            assertEquals(16, found.rows());
            assertEquals(Optional.of("with 32 there is no room for them in the slab"), found.why());
        } finally {
            small.close();
        }
    }

    @Test
    void sizes_arePowersOfTwo_andTheMost() {
        assertEquals(List.of(), BatchProbe.sizes(1));
        assertEquals(List.of(2), BatchProbe.sizes(2));
        assertEquals(List.of(2, 3), BatchProbe.sizes(3));
        assertEquals(List.of(2, 4, 8, 16), BatchProbe.sizes(16));
    }

    private String limit(Doubling session) {
        BatchProbe.Found found = probe(session, 16);
        return found.rows() + found.why().map(why -> ": " + why).orElse("");
    }

    private BatchProbe.Found probe(EngineSession session, int claimed) {
        Deadline batches = Deadline.after(Duration.ofSeconds(6), clock::get);
        return new BatchProbe(session, "x", new BenchRunner(slab), batches, never(), () -> 1000, held::get)
                .probe(samples(), claimed);
    }

    private Deadline never() {
        return Deadline.after(Duration.ofDays(1), clock::get);
    }

    private static List<PreparedRow> samples() {
        return List.of(row(1), row(10));
    }

    private static PreparedRow row(float first) {
        ByteBuffer bytes = ByteBuffer.allocate(FLOATS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < FLOATS; i++) {
            bytes.putFloat(first + i);
        }
        return new PreparedRow(
                Shape.of(1, FLOATS),
                ElementType.FLOAT32,
                ImageTransform.scaling(SIZE, SIZE, 1, 1, 0, 0),
                bytes.array());
    }

    /// @param before each run, with its rows
    /// @param factor of each row, by its place
    /// @param made rows that come of a number of rows
    private record Doubling(List<Integer> sizes, IntConsumer before, IntToDoubleFunction factor, IntUnaryOperator made)
            implements EngineSession {
        static Doubling honest() {
            return after(_ -> {});
        }

        static Doubling after(IntConsumer before) {
            return new Doubling(new ArrayList<>(), before, _ -> 2, rows -> rows);
        }

        static Doubling times(IntToDoubleFunction factor) {
            return new Doubling(new ArrayList<>(), _ -> {}, factor, rows -> rows);
        }

        static Doubling making(IntUnaryOperator made) {
            return new Doubling(new ArrayList<>(), _ -> {}, _ -> 2, made);
        }

        @Override
        public ModelSignature signature() {
            return new ModelSignature(List.of(), List.of(), Map.of());
        }

        @Override
        public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
            BatchTensor input = inputs.getFirst();
            int rows = Math.toIntExact(input.shape().extent(0));
            sizes.add(rows);
            before.accept(rows);
            int outputs = made.applyAsInt(rows);
            MemorySegment output = memory.allocate((long) outputs * FLOATS * Float.BYTES);
            for (int i = 0; i < outputs * FLOATS; i++) {
                output.setAtIndex(
                        ValueLayout.JAVA_FLOAT,
                        i,
                        (float) factor.applyAsDouble(i / FLOATS) * input.data().getAtIndex(ValueLayout.JAVA_FLOAT, i));
            }
            return List.of(new BatchTensor("y", ElementType.FLOAT32, Shape.of(outputs, FLOATS), output));
        }

        @Override
        public void close() {}
    }
}
