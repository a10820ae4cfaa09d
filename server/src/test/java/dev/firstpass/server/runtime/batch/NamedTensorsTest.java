package dev.firstpass.server.runtime.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.call.Waiter;
import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.device.Row;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import dev.firstpass.server.runtime.fake.Calm;
import dev.firstpass.server.runtime.fake.Rows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Rows of several named tensors: each input of a run is joined for itself.
final class NamedTensorsTest {
    private static final int CAPACITY = 16;

    private final Slab slab = new Slab(1 << 16, 1 << 16);
    private final Semaphore runs = new Semaphore(0);
    private final Weighted session = new Weighted(runs);
    private final DeadlineBatcher batcher = new DeadlineBatcher(
            List.of(new Lane(session, "infer-test", 4, WarmUpTimes.NONE)),
            false,
            Calm.policy(CAPACITY),
            slab.results(),
            Calm.supervision(),
            Calm.crashes(),
            System::nanoTime);

    @AfterEach
    void everythingIsGivenBack() {
        runs.release(1000);
        batcher.close();
        assertEquals(0, slab.rows().lentBytes());
        assertEquals(0, slab.results().lentBytes());
        slab.close();
    }

    @Test
    void submit_rowsOfTwoTensors_areJoinedInputByInput() throws Exception {
        CompletableFuture<RowOutputs> first = batcher.submit(item(10, 1, 2));
        awaitDepth(0);
        List<CompletableFuture<RowOutputs>> waiting = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            waiting.add(batcher.submit(item(100 * i, i, i + 1)));
        }
        runs.release(2);

        assertEquals(30, result(first));
        for (int i = 1; i <= 3; i++) {
            assertEquals(100 * i * (2 * i + 1), result(waiting.get(i - 1)));
        }
        assertEquals(List.of(1, 3), session.batchSizes);
    }

    @Test
    void submit_rowsOfOtherShapes_runApart() throws Exception {
        CompletableFuture<RowOutputs> first = batcher.submit(item(1, 1, 1));
        awaitDepth(0);
        CompletableFuture<RowOutputs> two = batcher.submit(item(1, 1, 1));
        CompletableFuture<RowOutputs> three = batcher.submit(item(1, 1, 1, 1));
        CompletableFuture<RowOutputs> twoAgain = batcher.submit(item(1, 2, 2));
        runs.release(3);

        assertEquals(2, result(first));
        assertEquals(2, result(two));
        assertEquals(3, result(three));
        assertEquals(4, result(twoAgain));
        assertEquals(List.of(1, 2, 1), session.batchSizes);
    }

    @Test
    void runsWith_likeTensorsOnly() {
        try (Row row = item(1, 1, 1).row();
                Row same = item(5, 6, 7).row();
                Row longer = item(5, 6, 7, 8).row();
                Row single = Rows.item(slab, 1).row()) {
            assertTrue(row.runsWith(same));
            assertFalse(row.runsWith(longer));
            assertFalse(row.runsWith(single));
            assertFalse(single.runsWith(row));
            assertFalse(row.runsWith(renamed(row, "other", ElementType.FLOAT32)));
            assertFalse(row.runsWith(renamed(row, "weight", ElementType.INT32)));
        }
    }

    @Test
    void row_ofNoTensor_isRefused() {
        Region.Block block = slab.rows().tryAllocate(1).orElseThrow();
        assertThrows(IllegalArgumentException.class, () -> new Row(List.of(), block));
        block.close();
    }

    private static Row renamed(Row row, String name, ElementType type) {
        BatchTensor first = row.tensors().getFirst();
        return new Row(
                List.of(
                        new BatchTensor(name, type, first.shape(), first.data()),
                        row.tensors().getLast()),
                row.block());
    }

    /// A row of a weight and of values, side by side in one block.
    private BatchItem item(float weight, float... values) {
        Region.Block block =
                slab.rows().tryAllocate(64L + values.length * Float.BYTES).orElseThrow();
        block.segment().set(ValueLayout.JAVA_FLOAT, 0, weight);
        MemorySegment list = block.segment().asSlice(64);
        MemorySegment.copy(values, 0, list, ValueLayout.JAVA_FLOAT, 0, values.length);
        Row row = new Row(
                List.of(
                        new BatchTensor(
                                "weight",
                                ElementType.FLOAT32,
                                Shape.of(1),
                                block.segment().asSlice(0, Float.BYTES)),
                        new BatchTensor("values", ElementType.FLOAT32, Shape.of(1, values.length), list)),
                block);
        return new BatchItem(row, new Waiter(Rows.soon(), Priority.INTERACTIVE, Caller.LOCAL), Rows.key(weight));
    }

    private static float result(CompletableFuture<RowOutputs> future) throws Exception {
        try (var raw = future.get(20, TimeUnit.SECONDS).raw()) {
            return raw.tensors().getFirst().f32(0);
        }
    }

    private void awaitDepth(int depth) {
        while (batcher.queue().rows() != depth) {
            Thread.onSpinWait();
        }
    }

    /// Gives each row the sum of its values times its weight; it finds its inputs by their names.
    private static final class Weighted implements EngineSession {
        private final Semaphore permits;
        private final List<Integer> batchSizes = new ArrayList<>();

        Weighted(Semaphore permits) {
            this.permits = permits;
        }

        @Override
        public ModelSignature signature() {
            return new ModelSignature(
                    List.of(
                            new TensorInfo("weight", ElementType.FLOAT32, Shape.of(-1)),
                            new TensorInfo("values", ElementType.FLOAT32, Shape.of(-1, -1))),
                    List.of(new TensorInfo("sum", ElementType.FLOAT32, Shape.of(-1))),
                    Map.of());
        }

        @Override
        public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
            permits.acquireUninterruptibly();
            BatchTensor weight = named(inputs, "weight");
            BatchTensor values = named(inputs, "values");
            int rows = Math.toIntExact(weight.shape().extent(0));
            batchSizes.add(rows);
            assertEquals(rows, values.shape().extent(0));
            long columns = values.shape().extent(1);
            MemorySegment sums = memory.allocate((long) rows * Float.BYTES);
            for (int row = 0; row < rows; row++) {
                float sum = 0;
                for (int column = 0; column < columns; column++) {
                    sum += values.data().getAtIndex(ValueLayout.JAVA_FLOAT, row * columns + column);
                }
                sums.setAtIndex(
                        ValueLayout.JAVA_FLOAT, row, sum * weight.data().getAtIndex(ValueLayout.JAVA_FLOAT, row));
            }
            return List.of(new BatchTensor("sum", ElementType.FLOAT32, Shape.of(rows), sums));
        }

        private static BatchTensor named(List<BatchTensor> inputs, String name) {
            return inputs.stream()
                    .filter(input -> input.name().equals(name))
                    .findFirst()
                    .orElseThrow();
        }

        @Override
        public void close() {}
    }
}
