package dev.firstpass.server.runtime.fake;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/// A session that doubles each float of a one-element row. It fails on the value -1, counts its runs, remembers the
/// sizes of its batches, and notices when two threads run it at once or anybody runs it after it was closed.
///
/// Thread-safe.
public final class FakeSession implements EngineSession {
    public static final String INPUT = "x";
    public static final float POISON = -1;

    private final Semaphore runPermits;
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger faults = new AtomicInteger();
    private final List<Integer> batchSizes = new CopyOnWriteArrayList<>();
    private final AtomicInteger runsToWarmUp = new AtomicInteger(-1);
    private volatile boolean closed;

    /// Each run takes a permit first, so that a test can hold runs back.
    public FakeSession(Semaphore runPermits) {
        this.runPermits = runPermits;
    }

    public FakeSession() {
        this(new Semaphore(Integer.MAX_VALUE));
    }

    @Override
    public ModelSignature signature() {
        TensorInfo input = new TensorInfo(INPUT, ElementType.FLOAT32, Shape.of(Shape.DYNAMIC, 1));
        return new ModelSignature(
                List.of(input), List.of(new TensorInfo("y", ElementType.FLOAT32, input.shape())), Map.of());
    }

    @Override
    public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
        runPermits.acquireUninterruptibly();
        if (running.incrementAndGet() > 1 || closed) {
            faults.incrementAndGet();
        }
        try {
            BatchTensor input = inputs.getFirst();
            int rows = Math.toIntExact(input.shape().extent(0));
            batchSizes.add(rows);
            var output = memory.allocate(input.data().byteSize());
            for (int i = 0; i < rows; i++) {
                float value = input.data().getAtIndex(ValueLayout.JAVA_FLOAT, i);
                if (value == POISON) {
                    throw new EngineException("poison");
                }
                output.setAtIndex(ValueLayout.JAVA_FLOAT, i, 2 * value);
            }
            return List.of(new BatchTensor("y", ElementType.FLOAT32, input.shape(), output));
        } finally {
            running.decrementAndGet();
        }
    }

    @Override
    public void endWarmUp() {
        runsToWarmUp.compareAndSet(-1, batchSizes.size());
    }

    /// Runs before it was told that it is warm; -1 if it was not.
    public int runsToWarmUp() {
        return runsToWarmUp.get();
    }

    @Override
    public void close() {
        if (closed || running.get() > 0) {
            faults.incrementAndGet();
        }
        closed = true;
    }

    public boolean isClosed() {
        return closed;
    }

    /// How often it was used as no session may be.
    public int faults() {
        return faults.get();
    }

    public List<Integer> batchSizes() {
        return List.copyOf(batchSizes);
    }
}
