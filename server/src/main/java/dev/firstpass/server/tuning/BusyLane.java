package dev.firstpass.server.tuning;

import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/// Keeps one session busy with runs of one size.
///
/// For one thread; owns nothing.
record BusyLane(EngineSession session, SampleRow row, Slab slab, LongSupplier nanoClock) {
    /// How long each run took, and all of them with what is between them.
    record Times(List<Long> runNanos, long nanos) {}

    /// Runs until the time is over, and so many times at least.
    ///
    /// @throws EngineException if a run fails, or there is no room for it
    Times run(int batch, long nanos, int leastRuns) {
        try (Region.Block rows = lend(slab.rows(), row.bytes(batch))) {
            List<BatchTensor> inputs = row.batch(rows.segment(), batch);
            List<Long> runs = new ArrayList<>();
            long start = nanoClock.getAsLong();
            long now = start;
            while (now - start < nanos || runs.size() < leastRuns) {
                long before = now;
                runOnce(inputs);
                now = nanoClock.getAsLong();
                runs.add(now - before);
            }
            return new Times(runs, now - start);
        }
    }

    private void runOnce(List<BatchTensor> inputs) {
        List<Region.Block> lent = new ArrayList<>();
        try {
            var _ = session.run(inputs, bytes -> {
                Region.Block block = lend(slab.results(), bytes);
                lent.add(block);
                return block.segment();
            });
        } finally {
            lent.forEach(Region.Block::close);
        }
    }

    private static Region.Block lend(Region region, long bytes) {
        return region.tryAllocate(bytes).orElseThrow(() -> new EngineException("no room in the slab for a run"));
    }
}
