package dev.firstpass.server.validation;

import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.server.runtime.batch.RowShares;
import dev.firstpass.server.runtime.device.MadeRowLayout;
import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineSession;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Runs rows in a bench's memory.
///
/// For one thread; owns nothing.
record BenchRunner(Slab slab) {
    /// Runs rows of one shape together.
    ///
    /// @param input the tensor that they go into
    /// @param read gets the tensors of each row, in order, which are gone when it returns
    /// @throws NoRoomException if the slab does not hold them, or what comes of them
    /// @throws RuntimeException as `EngineSession.run` does
    <T> T run(EngineSession session, String input, List<PreparedRow> rows, Function<List<List<Tensor>>, T> read) {
        List<Region.Block> lent = new ArrayList<>();
        try {
            List<BatchTensor> outputs =
                    session.run(List.of(batch(input, rows, lent)), bytes -> lend(slab.results(), bytes, lent));
            List<List<Tensor>> shares = new ArrayList<>();
            for (int i = 0; i < rows.size(); i++) {
                shares.add(RowShares.of(outputs, i, rows.size()));
            }
            return read.apply(shares);
        } finally {
            lent.forEach(Region.Block::close);
        }
    }

    /// Runs one row of tensors that a family has made.
    ///
    /// @param read gets what comes of it, which is gone when it returns
    /// @throws NoRoomException as the other
    /// @throws RuntimeException as `EngineSession.run` does
    <T> T run(EngineSession session, List<Tensor> row, Function<List<Tensor>, T> read) {
        List<Region.Block> lent = new ArrayList<>();
        try {
            MemorySegment memory = lend(slab.rows(), MadeRowLayout.bytes(row), lent);
            List<BatchTensor> outputs =
                    session.run(MadeRowLayout.packed(row, memory), bytes -> lend(slab.results(), bytes, lent));
            return read.apply(RowShares.of(outputs, 0, 1));
        } finally {
            lent.forEach(Region.Block::close);
        }
    }

    private BatchTensor batch(String input, List<PreparedRow> rows, List<Region.Block> lent) {
        PreparedRow first = rows.getFirst();
        long rowBytes = first.bytes().length;
        MemorySegment all = lend(slab.rows(), rowBytes * rows.size(), lent);
        for (int i = 0; i < rows.size(); i++) {
            MemorySegment.copy(MemorySegment.ofArray(rows.get(i).bytes()), 0, all, i * rowBytes, rowBytes);
        }
        return new BatchTensor(input, first.type(), first.shape().withBatch(rows.size()), all);
    }

    private static MemorySegment lend(Region region, long bytes, List<Region.Block> lent) {
        Region.Block block = region.tryAllocate(bytes).orElseThrow(NoRoomException::new);
        lent.add(block);
        return block.segment();
    }

    /// A run does not fit into the slab.
    static final class NoRoomException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NoRoomException() {
            super("no room in the slab");
        }
    }
}
