package dev.firstpass.server.runtime.device;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.image.ImageDecoder;
import dev.firstpass.server.image.RowFiller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Plans rows in the slab: what needs no pixels (sizes, shapes, transforms) is worked out here, in Java; what needs
/// them is left to a [RowDecoder].
///
/// Thread-safe.
public final class RowPlanner {
    private static final Duration LONGEST_WARM_UP = Duration.ofMinutes(1);

    private final ImageDecoder probe;
    private final Slab slab;
    private final RowDecoder decoder;

    /// Owns none of what it is given.
    ///
    /// @param probe reads headers
    /// @param slab where rows are made
    public RowPlanner(ImageDecoder probe, Slab slab, RowDecoder decoder) {
        this.probe = probe;
        this.slab = slab;
        this.decoder = decoder;
    }

    /// Makes a row of a tiny image, which loads what decoding needs.
    public void warmUp() {
        Deadline deadline = Deadline.after(LONGEST_WARM_UP, System::nanoTime);
        RowLayout layout = layOut(TinyImage.png(), TinyImage.ROW, List.of(new RowSource.Whole()));
        try (RowPlan plan = layout.reserve(deadline)) {
            plan.fill().forEach(ImageRow::close);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// As [DecodingHost#layOut] says.
    public RowLayout layOut(byte[] bytes, InputSpec input, List<RowSource> sources) {
        ImageSize size = probe.probe(bytes).uprightSize();
        List<PlannedRow> rows =
                sources.stream().map(source -> planned(source, input, size)).toList();
        return new Layout(slab, decoder, bytes, size, input, rows);
    }

    private static PlannedRow planned(RowSource source, InputSpec input, ImageSize size) {
        return new PlannedRow(source, input.rowShape(RowFiller.rowSize(input, size, source)));
    }

    private record PlannedRow(RowSource part, Shape shape) {}

    private record Layout(
            Slab slab, RowDecoder decoder, byte[] bytes, ImageSize size, InputSpec input, List<PlannedRow> rows)
            implements RowLayout {
        @Override
        public RowSize first() {
            Shape shape = rows.getFirst().shape;
            return new RowSize(List.of(shape), input.dtype().bytes(shape));
        }

        @Override
        public RowPlan reserve(Deadline deadline) throws InterruptedException {
            List<Region.Block> room = slab.rows()
                    .allocateAll(
                            rows.stream()
                                    .map(row -> input.dtype().bytes(row.shape))
                                    .toList(),
                            deadline);
            return new Plan(decoder, bytes, size, input, rows, room, deadline);
        }
    }

    /// For one thread; owns the room until rows are made in it.
    private record Plan(
            RowDecoder decoder,
            byte[] bytes,
            ImageSize size,
            InputSpec input,
            List<PlannedRow> planned,
            List<Region.Block> room,
            Deadline deadline)
            implements RowPlan {
        @Override
        public List<ImageRow> fill() {
            List<Decoding.Target> targets = new ArrayList<>(planned.size());
            List<ImageRow> rows = new ArrayList<>(planned.size());
            for (int i = 0; i < planned.size(); i++) {
                PlannedRow row = planned.get(i);
                Region.Block block = room.get(i);
                targets.add(new Decoding.Target(row.part, block.segment()));
                rows.add(new ImageRow(
                        Row.of(input.name(), input.dtype(), row.shape, block),
                        RowFiller.transform(input, size, row.part)));
            }
            decoder.decode(new Decoding(bytes, input, targets), deadline);
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
