package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
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

    /// Copies tensors that are what the stage takes into blocks of their own, row by row. The caller owns the rows.
    ///
    /// @param count of rows
    /// @throws dev.firstpass.server.failure.FailureException OVERLOADED if there is no room now, REQUEST_TOO_LARGE if
    ///     there never will be; nothing is lent then
    static List<Row> of(TensorModel model, List<TensorInput> inputs, int count, Region room) {
        List<TensorInput> ordered = ordered(model, inputs);
        List<Row> rows = new ArrayList<>(count);
        MemorySegment[] rest = ordered.stream().map(TensorInput::data).toArray(MemorySegment[]::new);
        try {
            for (int row = 0; row < count; row++) {
                rows.add(row(ordered, rest, count, model.mostRows() > 0, room));
            }
            return rows;
        } catch (RuntimeException | Error e) {
            rows.forEach(Row::close);
            throw e;
        }
    }

    /// In the order of the signature, so that rows of all requests are alike.
    private static List<TensorInput> ordered(TensorModel model, List<TensorInput> inputs) {
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
    private static Row row(
            List<TensorInput> inputs, MemorySegment[] rest, int count, boolean hasBatchAxis, Region room) {
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
            Shape shape = hasBatchAxis && count > 1 ? input.shape().withBatch(1) : input.shape();
            tensors.add(new BatchTensor(input.name(), input.type(), shape, target));
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
