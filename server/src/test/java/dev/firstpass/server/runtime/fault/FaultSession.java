package dev.firstpass.server.runtime.fault;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/// Doubles floats until it meets a value that it goes wrong on.
///
/// For one thread at a time, apart from `interrupt`.
final class FaultSession implements EngineSession {
    private static final int GARBAGE = 0x7fc0beef;

    private final Map<Float, Fault> faults;
    private final AtomicBoolean sick;
    private volatile boolean interrupted;

    /// @param sick whether no run of the engine goes well any more
    FaultSession(Map<Float, Fault> faults, AtomicBoolean sick) {
        this.faults = Map.copyOf(faults);
        this.sick = sick;
    }

    @Override
    public ModelSignature signature() {
        TensorInfo input = new TensorInfo("x", ElementType.FLOAT32, Shape.of(Shape.DYNAMIC, 1));
        return new ModelSignature(
                List.of(input), List.of(new TensorInfo("y", ElementType.FLOAT32, input.shape())), Map.of());
    }

    @Override
    public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
        interrupted = false;
        if (sick.get()) {
            throw new EngineException("still sick");
        }
        BatchTensor input = inputs.getFirst();
        int rows = Math.toIntExact(input.shape().extent(0));
        MemorySegment output = memory.allocate(input.data().byteSize());
        for (int i = 0; i < rows; i++) {
            output.setAtIndex(ValueLayout.JAVA_FLOAT, i, answer(input.data().getAtIndex(ValueLayout.JAVA_FLOAT, i)));
        }
        return List.of(new BatchTensor("y", ElementType.FLOAT32, input.shape(), output));
    }

    private float answer(float value) {
        Fault fault = faults.get(value);
        if (fault == null) {
            return 2 * value;
        }
        return switch (fault) {
            case NAN -> Float.NaN;
            case GARBAGE -> Float.intBitsToFloat(GARBAGE);
            case SLOW -> {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(Fault.SLOW_MILLIS));
                yield 2 * value;
            }
            case OBEDIENT_LOOP -> {
                while (!interrupted) {
                    Thread.onSpinWait();
                }
                throw new EngineException("interrupted");
            }
            case SICK -> {
                sick.set(true);
                throw fault.strike();
            }
            case ABORT, SEGFAULT, EXIT, HOG, HEAP, SLEEP, SPIN, EXCEPTION -> throw fault.strike();
        };
    }

    @Override
    public boolean interrupt() {
        interrupted = true;
        return true;
    }

    @Override
    public void close() {}
}
