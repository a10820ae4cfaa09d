package dev.firstpass.server.runtime.batch;

import dev.firstpass.server.runtime.device.Region;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// The outputs of one batch: memory that all rows of the batch hold a share in, given back with the last one.
///
/// Thread-safe.
final class SharedBlock {
    private final List<Region.Block> blocks;
    private final AtomicInteger holders;

    SharedBlock(List<Region.Block> blocks, int holders) {
        this.blocks = List.copyOf(blocks);
        this.holders = new AtomicInteger(holders);
    }

    void release() {
        int left = holders.decrementAndGet();
        if (left == 0) {
            blocks.forEach(Region.Block::close);
        } else if (left < 0) {
            throw new IllegalStateException("released more often than held");
        }
    }
}
