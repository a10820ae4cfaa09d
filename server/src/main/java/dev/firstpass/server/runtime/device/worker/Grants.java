package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.OutputMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/// The memory that one run's outputs may lie in: what the order came with, as long as it fits, and what the server is
/// asked for then.
///
/// For one thread.
final class Grants implements OutputMemory {
    private final List<MemorySegment> all;
    private final int beforehand;
    private final LongFunction<MemorySegment> server;
    private int next;

    /// @param beforehand what the order came with, in the order of the outputs
    /// @param server is asked for more
    Grants(List<MemorySegment> beforehand, LongFunction<MemorySegment> server) {
        this.all = new ArrayList<>(beforehand);
        this.beforehand = beforehand.size();
        this.server = server;
    }

    @Override
    public MemorySegment allocate(long bytes) {
        while (next < beforehand) {
            MemorySegment granted = all.get(next++);
            if (granted.byteSize() == bytes) {
                return granted;
            }
        }
        all.add(server.apply(bytes));
        return all.getLast();
    }

    /// The number that the server knows an output's memory by. Equal segments are the same memory; two outputs without
    /// elements may be the same and nobody can tell.
    int numberOf(BatchTensor output) {
        int number = all.indexOf(output.data());
        if (number < 0) {
            throw new IllegalStateException("output " + output.name() + " is not in the memory given for it");
        }
        return number;
    }
}
