package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.server.call.Waiter;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.batch.RowOutline;
import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.device.Row;
import dev.firstpass.server.runtime.engine.BatchTensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Takes a request's tensors apart into rows: the one copy from the wire into the slab.
///
/// Pure functions.
final class TensorRows {
    private static final long ALIGNMENT = 64;

    private TensorRows() {}

    /// What the queue has to know of each of the rows, before there is one.
    ///
    /// @param inputs as [#ordered] has them
    /// @param count of rows
    static RowOutline outline(TensorModel model, List<TensorInput> inputs, int count, Waiter waiter) {
        Shape[] shapes = new Shape[inputs.size()];
        long bytes = 0;
        for (int i = 0; i < shapes.length; i++) {
            shapes[i] = rowShape(model, inputs.get(i), count);
            bytes = aligned(bytes) + inputs.get(i).data().byteSize() / count;
        }
        return new RowOutline(List.of(shapes), bytes, waiter);
    }

    private static Shape rowShape(TensorModel model, TensorInput input, int count) {
        return model.mostRows() > 0 && count > 1 ? input.shape().withBatch(1) : input.shape();
    }

    /// Copies tensors that are what the stage takes into blocks of their own, row by row. The caller owns the rows.
    ///
    /// @param inputs as [#ordered] has them
    /// @param count of rows
    /// @throws dev.firstpass.server.failure.FailureException OVERLOADED if there is no room now, REQUEST_TOO_LARGE if
    ///     there never will be; nothing is lent then
    static List<Row> of(TensorModel model, List<TensorInput> inputs, int count, Region room) {
        List<Row> rows = new ArrayList<>(count);
        MemorySegment[] rest = inputs.stream().map(TensorInput::data).toArray(MemorySegment[]::new);
        try {
            for (int row = 0; row < count; row++) {
                rows.add(row(model, inputs, rest, count, room));
            }
            return rows;
        } catch (RuntimeException | Error e) {
            rows.forEach(Row::close);
            throw e;
        }
    }

    /// In the order of the signature, so that rows of all requests are alike.
    static List<TensorInput> ordered(TensorModel model, List<TensorInput> inputs) {
        if (inputs.size() == 1) {
            return inputs;
        }
        List<String> names =
                model.signature().inputs().stream().map(TensorInfo::name).toList();
        return inputs.stream()
                .sorted((a, b) -> Integer.compare(names.indexOf(a.name()), names.indexOf(b.name())))
                .toList();
    }

    /// @param rest of each tensor what is not in a row yet; moved on by this row
    private static Row row(TensorModel model, List<TensorInput> inputs, MemorySegment[] rest, int count, Region room) {
        MemorySegment[] sources = new MemorySegment[rest.length];
        long bytes = 0;
        for (int i = 0; i < rest.length; i++) {
            sources[i] = first(inputs.get(i), rest[i], count);
            rest[i] = rest[i].asSlice(sources[i].byteSize());
            bytes = aligned(bytes) + sources[i].byteSize();
        }
        Region.Block block = lent(room, bytes);
        List<BatchTensor> tensors = new ArrayList<>(rest.length);
        long at = 0;
        for (int i = 0; i < rest.length; i++) {
            at = aligned(at);
            MemorySegment target = block.segment().asSlice(at, sources[i].byteSize());
            target.copyFrom(sources[i]);
            at += sources[i].byteSize();
            TensorInput input = inputs.get(i);
            tensors.add(new BatchTensor(input.name(), input.type(), rowShape(model, input, count), target));
        }
        return new Row(tensors, block);
    }

    private static MemorySegment first(TensorInput input, MemorySegment rest, int count) {
        if (count == 1) {
            return rest;
        }
        return input.type().isFixedSize()
                ? rest.asSlice(0, input.data().byteSize() / count)
                : PackedStrings.part(rest, 0, input.shape().elements() / count);
    }

    private static Region.Block lent(Region room, long bytes) {
        return room.tryAllocate(bytes)
                .orElseThrow(() -> bytes > room.byteSize()
                        ? Failure.of(
                                        Reason.REQUEST_TOO_LARGE,
                                        "a row of " + bytes + " bytes (expected: <= " + room.byteSize()
                                                + ", all the room)")
                                .asException()
                        : Failure.overloaded("no room for the tensors now").asException());
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
