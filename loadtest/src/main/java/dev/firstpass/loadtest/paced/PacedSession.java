package dev.firstpass.loadtest.paced;

import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/// A model that is opened on a virtual device. An open axis of an output, other than that of the rows, has an extent of 1.
///
/// For one thread at a time, apart from `interrupt`.
final class PacedSession implements EngineSession {
    private final ModelSignature signature;
    private final Pace pace;
    private final VirtualDevice device;

    /// Who runs; empty where nobody does, or where it was asked to stop.
    private final AtomicReference<Optional<Thread>> running = new AtomicReference<>(Optional.empty());

    PacedSession(ModelSignature signature, Pace pace, VirtualDevice device) {
        this.signature = signature;
        this.pace = pace;
        this.device = device;
    }

    @Override
    public ModelSignature signature() {
        return signature;
    }

    @Override
    public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
        for (TensorInfo declared : signature.inputs()) {
            check(declared, inputs);
        }
        BatchTensor input = named(signature.inputs().getFirst().name(), inputs);
        long rows = input.shape().extent(0);
        running.set(Optional.of(Thread.currentThread()));
        try {
            long elements = rows == 0 ? 0 : input.shape().elements() / rows;
            if (!device.run(
                    pace,
                    elements,
                    nanos -> tally(input, rows, nanos),
                    () -> running.get().isEmpty())) {
                throw new EngineException("the run was asked to stop");
            }
        } finally {
            running.set(Optional.empty());
        }
        List<BatchTensor> outputs = new ArrayList<>();
        for (TensorInfo declared : signature.outputs()) {
            Shape shape = extents(declared.shape(), rows);
            MemorySegment data = memory.allocate(declared.type().bytes(shape));
            outputs.add(new BatchTensor(declared.name(), declared.type(), shape, data.fill((byte) 0)));
        }
        return outputs;
    }

    private static Tally tally(BatchTensor input, long rows, long nanos) {
        long marked = 0;
        long late = 0;
        long lateNanos = 0;
        long bytes = rows == 0 ? 0 : input.data().byteSize() / rows;
        for (long row = 0; row < rows; row++) {
            OptionalLong deadline = Mark.read(input.data().asSlice(row * bytes, bytes));
            if (deadline.isPresent()) {
                marked++;
                long over = nanos - deadline.getAsLong();
                late += over > 0 ? 1 : 0;
                lateNanos += Math.max(0, over);
            }
        }
        return new Tally(1, rows, marked, late, lateNanos, 0);
    }

    private static void check(TensorInfo declared, List<BatchTensor> inputs) {
        BatchTensor given = named(declared.name(), inputs);
        if (given.type() != declared.type() || !declared.shape().accepts(given.shape())) {
            throw new EngineException(declared.name() + ": " + given.type() + " " + given.shape() + " (expected: "
                    + declared.type() + " " + declared.shape() + ")");
        }
    }

    private static BatchTensor named(String name, List<BatchTensor> tensors) {
        return tensors.stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new EngineException(name + ": not among the inputs"));
    }

    private static Shape extents(Shape declared, long rows) {
        long[] extents = declared.toArray();
        for (int axis = 0; axis < extents.length; axis++) {
            if (extents[axis] == Shape.DYNAMIC) {
                extents[axis] = axis == 0 ? rows : 1;
            }
        }
        return Shape.of(extents);
    }

    @Override
    public boolean interrupt() {
        Optional<Thread> runner = running.getAndSet(Optional.empty());
        runner.ifPresent(LockSupport::unpark);
        return runner.isPresent();
    }

    @Override
    public void close() {}
}
