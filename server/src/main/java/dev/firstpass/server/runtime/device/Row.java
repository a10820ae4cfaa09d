package dev.firstpass.server.runtime.device;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.runtime.engine.BatchTensor;
import java.util.List;

/// One row of a model's inputs in the slab, filled and ready to run: all inputs of the stage, by their names, in one
/// block.
///
/// Who was given it closes it, or hands it to a batcher, which then does.
///
/// @param tensors one or more, always in the same order for the same stage; each with a first axis of 1, except where the
///     model has no batch axis and every row runs by itself
/// @param block the memory that all of them lie in
public record Row(List<BatchTensor> tensors, Region.Block block) implements AutoCloseable {
    public Row {
        tensors = List.copyOf(tensors);
        if (tensors.isEmpty()) {
            throw new IllegalArgumentException("tensors: none (expected: >= 1)");
        }
    }

    /// A row of one tensor that takes all of the block.
    public static Row of(String name, ElementType type, Shape shape, Region.Block block) {
        return new Row(List.of(new BatchTensor(name, type, shape, block.segment())), block);
    }

    /// Whether both may be joined in one run: the same tensors of the same shapes.
    public boolean runsWith(Row other) {
        if (other.tensors.size() != tensors.size()) {
            return false;
        }
        for (int i = 0; i < tensors.size(); i++) {
            if (!isLike(tensors.get(i), other.tensors.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isLike(BatchTensor one, BatchTensor other) {
        return one.shape().equals(other.shape())
                && one.type() == other.type()
                && one.name().equals(other.name());
    }

    @Override
    public void close() {
        block.close();
    }
}
