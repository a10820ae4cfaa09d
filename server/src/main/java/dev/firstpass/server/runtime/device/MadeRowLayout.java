package dev.firstpass.server.runtime.device;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.StageRows;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.runtime.engine.BatchTensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Rows of tensors that a family has made, which need no pixels: they are copied into the slab, all tensors of a row into one
/// block.
///
/// Immutable; the tensors are read until the rows are filled.
public final class MadeRowLayout implements RowLayout {
    private static final long ALIGNMENT = 64;

    private final Region room;
    private final List<StageRows.MadeRow> sources;

    /// @param room where the rows are put; not closed
    /// @param sources one at least, of one asset
    public MadeRowLayout(Region room, List<StageRows.MadeRow> sources) {
        this.room = room;
        this.sources = List.copyOf(sources);
    }

    /// Of the asset that the tensors were made for.
    @Override
    public ImageSize size() {
        return sources.getFirst().transform().asset();
    }

    @Override
    public RowSize first() {
        List<Tensor> tensors = sources.getFirst().tensors();
        return new RowSize(tensors.stream().map(Tensor::shape).toList(), bytes(tensors));
    }

    @Override
    public RowPlan reserve(Deadline deadline) throws InterruptedException {
        List<Region.Block> blocks = room.allocateAll(
                sources.stream().map(source -> bytes(source.tensors())).toList(), deadline);
        return new Plan(size(), sources, blocks);
    }

    /// Bytes that tensors take side by side.
    public static long bytes(List<Tensor> tensors) {
        long bytes = 0;
        for (Tensor tensor : tensors) {
            bytes = aligned(bytes) + tensor.data().byteSize();
        }
        return bytes;
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /// Tensors side by side in a block, copied.
    ///
    /// @param memory of as many bytes as the tensors take in such an order, or more
    public static List<BatchTensor> packed(List<Tensor> tensors, MemorySegment memory) {
        List<BatchTensor> packed = new ArrayList<>(tensors.size());
        long at = 0;
        for (Tensor tensor : tensors) {
            at = aligned(at);
            MemorySegment target = memory.asSlice(at, tensor.data().byteSize());
            target.copyFrom(tensor.data());
            packed.add(new BatchTensor(tensor.name(), tensor.type(), tensor.shape(), target));
            at += tensor.data().byteSize();
        }
        return packed;
    }

    /// For one thread; owns the room until rows are made in it.
    private record Plan(ImageSize size, List<StageRows.MadeRow> sources, List<Region.Block> room) implements RowPlan {
        @Override
        public List<ImageRow> fill() {
            List<ImageRow> rows = new ArrayList<>(sources.size());
            for (int i = 0; i < sources.size(); i++) {
                Region.Block block = room.get(i);
                Row row = new Row(packed(sources.get(i).tensors(), block.segment()), block);
                rows.add(new ImageRow(row, sources.get(i).transform()));
            }
            room.clear();
            return rows;
        }

        @Override
        public void close() {
            room.forEach(Region.Block::close);
            room.clear();
        }
    }
}
