package dev.firstpass.server.runtime.fake;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.runtime.device.DecodingHost;
import dev.firstpass.server.runtime.device.ImageRow;
import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.device.Row;
import dev.firstpass.server.runtime.device.RowLayout;
import dev.firstpass.server.runtime.device.RowPlan;
import dev.firstpass.server.runtime.device.RowSize;
import dev.firstpass.server.runtime.device.Slab;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// Decodes without native code. An asset is one byte, its value; a row of it is that value as a float, a row of a crop the
/// crop's width. Every asset is 10x10 pixels.
///
/// Thread-safe.
public final class FakeDecodingHost implements DecodingHost {
    public static final ImageSize SIZE = new ImageSize(10, 10);

    private final Slab slab;
    private final AtomicInteger prepared = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();

    public FakeDecodingHost(Slab slab) {
        this.slab = slab;
    }

    @Override
    public void warmUp() {}

    @Override
    public RowLayout layOut(byte[] bytes, InputSpec input, List<RowSource> sources) {
        return new RowLayout() {
            @Override
            public ImageSize size() {
                return SIZE;
            }

            @Override
            public RowSize first() {
                return new RowSize(List.of(Shape.of(1, 1)), Float.BYTES);
            }

            @Override
            public RowPlan reserve(Deadline deadline) throws InterruptedException {
                List<Region.Block> room =
                        slab.rows().allocateAll(Collections.nCopies(sources.size(), (long) Float.BYTES), deadline);
                open.incrementAndGet();
                return new Plan(bytes, input, sources, room);
            }
        };
    }

    @Override
    public void close() {}

    /// How many assets were ever decoded.
    public int prepared() {
        return prepared.get();
    }

    /// How many plans nobody has closed.
    public int open() {
        return open.get();
    }

    private final class Plan implements RowPlan {
        private final byte[] bytes;
        private final InputSpec input;
        private final List<RowSource> sources;
        private final List<Region.Block> room;

        Plan(byte[] bytes, InputSpec input, List<RowSource> sources, List<Region.Block> room) {
            this.bytes = bytes;
            this.input = input;
            this.sources = sources;
            this.room = room;
        }

        @Override
        public ImageSize size() {
            return SIZE;
        }

        @Override
        public List<ImageRow> fill() {
            prepared.incrementAndGet();
            List<ImageRow> rows = new ArrayList<>();
            for (int i = 0; i < sources.size(); i++) {
                float value = switch (sources.get(i)) {
                    case RowSource.Whole _ -> bytes[0];
                    case RowSource.Crop(Rect area) -> (float) area.width();
                    case RowSource.Turned turned -> (float) turned.area().width();
                };
                room.get(i).segment().set(ValueLayout.JAVA_FLOAT, 0, value);
                ImageTransform transform = ImageTransform.scaling(SIZE, new ImageSize(1, 1), 0.1, 0.1, 0, 0);
                rows.add(new ImageRow(Row.of(input.name(), input.dtype(), Shape.of(1, 1), room.get(i)), transform));
            }
            room.clear();
            return rows;
        }

        @Override
        public void close() {
            room.forEach(Region.Block::close);
            open.decrementAndGet();
        }
    }
}
