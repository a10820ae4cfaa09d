package dev.firstpass.server.runtime.batch;

import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.engine.OutputMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// The memory of one batch's run: the joined inputs, where rows are joined, and the outputs, asked for one after the other.
///
/// Who holds a block and waits for the next could wait in a circle with others that do the same. So only the first
/// block is waited for. Where there is no room for a further one, the run is given up with [NoRoom]; [#waitForAll] then
/// gives everything back and waits for room for all the blocks at once, and the run is begun again.
///
/// For one thread. Who made it calls `share` or `close`.
final class RunMemory implements OutputMemory {
    private final Region results;
    private final Deadline deadline;
    private final List<Region.Block> blocks = new ArrayList<>();

    /// How many of the blocks this run has asked for; the others were taken for it beforehand.
    private int used;

    RunMemory(Region results, Deadline deadline) {
        this.results = results;
        this.deadline = deadline;
    }

    /// @throws NoRoom if there is none now, and it is not the first block
    /// @throws dev.firstpass.server.failure.FailureException as [Region#allocate] does
    @Override
    public MemorySegment allocate(long bytes) {
        if (used == blocks.size() || blocks.get(used).segment().byteSize() != bytes) {
            giveBackFrom(used);
            blocks.add(blocks.isEmpty() ? first(bytes) : further(bytes));
        }
        return blocks.get(used++).segment();
    }

    private Region.Block first(long bytes) {
        try {
            return results.allocate(bytes, deadline);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private Region.Block further(long bytes) {
        return results.tryAllocate(bytes).orElseThrow(() -> new NoRoom(bytes));
    }

    /// Takes all that the run had and what it found no room for, at once, for the run to be begun again.
    ///
    /// @throws dev.firstpass.server.failure.FailureException as [Region#allocateAll] does; nothing is held then
    void waitForAll(NoRoom missing) {
        List<Long> bytes = new ArrayList<>();
        blocks.forEach(block -> bytes.add(block.segment().byteSize()));
        bytes.add(missing.bytes);
        close();
        try {
            blocks.addAll(results.allocateAll(bytes, deadline));
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static IllegalStateException interrupted(InterruptedException e) {
        return new IllegalStateException("nobody interrupts this thread", e);
    }

    /// Hands everything over to the rows of the batch, each of which holds a share.
    SharedBlock share(int holders) {
        return new SharedBlock(blocks, holders);
    }

    /// Gives everything back.
    void close() {
        giveBackFrom(0);
        used = 0;
    }

    private void giveBackFrom(int index) {
        List<Region.Block> rest = blocks.subList(index, blocks.size());
        rest.forEach(Region.Block::close);
        rest.clear();
    }

    /// There is no room for one more block. It ends a run, and nobody sees it but the batcher.
    static final class NoRoom extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final long bytes;

        private NoRoom(long bytes) {
            super("no room for " + bytes + " bytes more", null, false, false);
            this.bytes = bytes;
        }
    }
}
