package dev.firstpass.server.tuning;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.image.ImageException;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.runtime.device.DecodingHost;
import dev.firstpass.server.runtime.device.ImageRow;
import dev.firstpass.server.runtime.device.InProcessDecodingHost;
import dev.firstpass.server.runtime.device.RowPlan;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.BatchTensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;

/// One row that a stage is run with: a photo, or nothing where a model takes other bands than a photo has.
///
/// Immutable; the bytes are not to be changed.
///
/// @param shape with a first axis of 1
record SampleRow(Shape shape, ElementType type, byte[] bytes) {
    private static final String PHOTO = "/samples/dog.jpg";
    private static final ImageSize PHOTO_SIZE = new ImageSize(768, 576);
    private static final Duration LIMIT = Duration.ofMinutes(1);

    /// @param slab where it is made; not closed
    static SampleRow of(InputSpec input, Slab slab) throws InterruptedException {
        try (DecodingHost decoding = new InProcessDecodingHost(ImageLimits.DEFAULT, slab);
                RowPlan plan = decoding.plan(
                        photo(), input, List.of(new RowSource.Whole()), Deadline.after(LIMIT, System::nanoTime))) {
            List<ImageRow> rows = plan.fill();
            try {
                BatchTensor tensor = rows.getFirst().row().tensors().getFirst();
                return new SampleRow(
                        tensor.shape(), tensor.type(), tensor.data().toArray(ValueLayout.JAVA_BYTE));
            } finally {
                rows.forEach(ImageRow::close);
            }
        } catch (ImageException.UnsupportedType _) {
            return blank(input);
        }
    }

    static SampleRow blank(InputSpec input) {
        Shape shape = input.rowShape(input.size().of(PHOTO_SIZE));
        return new SampleRow(
                shape, input.dtype(), new byte[Math.toIntExact(input.dtype().bytes(shape))]);
    }

    private static byte[] photo() {
        try (InputStream in = SampleRow.class.getResourceAsStream(PHOTO)) {
            if (in == null) {
                throw new IllegalStateException(PHOTO + " (expected: on the class path)");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Writes the row so many times, one after the other.
    void fill(MemorySegment memory, int rows) {
        for (int row = 0; row < rows; row++) {
            MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, (long) row * bytes.length, bytes.length);
        }
    }
}
