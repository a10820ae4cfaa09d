package dev.firstpass.server.runtime.device;

import dev.firstpass.postprocess.family.RowSource;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.image.ImageDecoder;
import dev.firstpass.server.image.Raster;
import dev.firstpass.server.image.RowFiller;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// Runs native code in the server's own process: quick to debug and without a wall. A model that crashes takes the
/// server with it.
///
/// Thread-safe.
public final class InProcessDeviceHost implements DeviceHost {
    /// On a CPU a row costs the same alone as in company. Measured on the demo's models (CPU time per row in a run of
    /// 1, 2, 4 and 16): coco 10.5, 10, 11.3, 14.2 ms; text 48, 50, 57 ms; and memory grows with the run.
    private static final int WORTHWHILE_BATCH = 2;

    /// A BMP of one white pixel: decoding it loads the decoder's libraries.
    private static final byte[] SMALLEST_IMAGE = HexFormat.of()
            .parseHex("424d3a000000000000003600000028000000010000000100000001001800"
                    + "000000000400000000000000000000000000000000000000ffffff00");

    private final String device;
    private final List<Engine> engines;
    private final ImageDecoder decoder;
    private final Slab slab;

    /// Takes ownership of the engines, not of the slab.
    ///
    /// @param device its name, for instance `cpu`
    /// @param slab where rows are made
    public InProcessDeviceHost(String device, List<Engine> engines, ImageDecoder decoder, Slab slab) {
        this.device = device;
        this.engines = List.copyOf(engines);
        this.decoder = decoder;
        this.slab = slab;
    }

    @Override
    public String device() {
        return device;
    }

    @Override
    public EngineSession open(EngineKind kind, Path file) {
        return engines.stream()
                .filter(engine -> engine.kind() == kind)
                .findFirst()
                .orElseThrow(() -> new EngineException("engine: " + kind.id() + " (expected: one of "
                        + engines.stream().map(engine -> engine.kind().id()).toList() + ")"))
                .open(file);
    }

    @Override
    public int worthwhileBatch() {
        return WORTHWHILE_BATCH;
    }

    @Override
    public void warmUp() {
        decoder.decode(SMALLEST_IMAGE).close();
    }

    @Override
    public RowPlan plan(byte[] bytes, InputSpec input, List<RowSource> sources, Deadline deadline)
            throws InterruptedException {
        ImageSize size = decoder.probe(bytes).uprightSize();
        List<PlannedRow> rows =
                sources.stream().map(source -> planned(source, input, size)).toList();
        List<Region.Block> room = slab.rows()
                .allocateAll(
                        rows.stream()
                                .map(row -> row.shape.elements() * input.dtype().bytes())
                                .toList(),
                        deadline);
        return new Plan(decoder, bytes, size, input, rows, room);
    }

    private static PlannedRow planned(RowSource source, InputSpec input, ImageSize size) {
        return switch (source) {
            case RowSource.Whole _ ->
                new PlannedRow(Optional.empty(), input.rowShape(input.size().of(size)));
            case RowSource.Crop(Rect area) -> {
                Rect part = RowFiller.wholePixels(area, size);
                ImageSize partSize = new ImageSize((int) part.width(), (int) part.height());
                yield new PlannedRow(
                        Optional.of(part), input.rowShape(input.size().of(partSize)));
            }
        };
    }

    @Override
    public void close() {
        engines.forEach(Engine::close);
    }

    private record PlannedRow(Optional<Rect> part, Shape shape) {}

    /// For one thread; owns the room until rows are made in it.
    private record Plan(
            ImageDecoder decoder,
            byte[] bytes,
            ImageSize size,
            InputSpec input,
            List<PlannedRow> planned,
            List<Region.Block> room)
            implements RowPlan {
        @Override
        public List<Row> fill() {
            try (Raster raster = decoder.decode(bytes)) {
                List<Row> rows = new ArrayList<>(planned.size());
                for (int i = 0; i < planned.size(); i++) {
                    PlannedRow row = planned.get(i);
                    Region.Block block = room.get(i);
                    ImageTransform transform = RowFiller.fill(raster, input, row.part, block.segment());
                    rows.add(new Row(row.shape, input.dtype(), transform, block));
                }
                room.clear();
                return rows;
            }
        }

        @Override
        public void close() {
            room.forEach(Region.Block::close);
            room.clear();
        }
    }
}
