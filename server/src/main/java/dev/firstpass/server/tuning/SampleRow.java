package dev.firstpass.server.tuning;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
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
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// One row that a stage is run with: a photo, or nothing where a model takes other bands than a photo has; or what its family
/// makes.
///
/// Immutable; the bytes are not to be changed.
///
/// @param tensors on the heap; one, with a first axis of 1, where the stage takes pixels
record SampleRow(List<Tensor> tensors) {
    private static final String PHOTO = "/samples/dog.jpg";
    private static final ImageSize PHOTO_SIZE = new ImageSize(768, 576);
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final long ALIGNMENT = 64;

    SampleRow {
        tensors = List.copyOf(tensors);
    }

    /// @param slab where it is made; not closed
    static SampleRow of(InputSpec input, Slab slab) throws InterruptedException {
        try (DecodingHost decoding = new InProcessDecodingHost(ImageLimits.DEFAULT, slab);
                RowPlan plan = decoding.plan(
                        photo(), input, List.of(new RowSource.Whole()), Deadline.after(LIMIT, System::nanoTime))) {
            List<ImageRow> rows = plan.fill();
            try {
                BatchTensor tensor = rows.getFirst().row().tensors().getFirst();
                return of(input, tensor.shape(), tensor.data().toArray(ValueLayout.JAVA_BYTE));
            } finally {
                rows.forEach(ImageRow::close);
            }
        } catch (ImageException.UnsupportedType _) {
            return blank(input);
        }
    }

    static SampleRow blank(InputSpec input) {
        Shape shape = input.rowShape(input.size().of(PHOTO_SIZE));
        return of(input, shape, new byte[Math.toIntExact(input.dtype().bytes(shape))]);
    }

    private static SampleRow of(InputSpec input, Shape shape, byte[] bytes) {
        return new SampleRow(List.of(new Tensor(input.name(), input.dtype(), shape, MemorySegment.ofArray(bytes))));
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

    /// Of its tensors, for people.
    String shapes() {
        return tensors.stream().map(tensor -> tensor.shape().toString()).collect(Collectors.joining(", "));
    }

    /// Bytes that so many of it take.
    long bytes(int rows) {
        long bytes = 0;
        for (Tensor tensor : tensors) {
            bytes = aligned(bytes) + rows * tensor.data().byteSize();
        }
        return bytes;
    }

    /// The row so many times, each tensor's one after the other.
    ///
    /// @param memory of as many bytes as they take, or more
    List<BatchTensor> batch(MemorySegment memory, int rows) {
        List<BatchTensor> batch = new ArrayList<>(tensors.size());
        long at = 0;
        for (Tensor tensor : tensors) {
            long bytes = tensor.data().byteSize();
            at = aligned(at);
            MemorySegment all = memory.asSlice(at, rows * bytes);
            for (int row = 0; row < rows; row++) {
                MemorySegment.copy(tensor.data(), 0, all, row * bytes, bytes);
            }
            Shape shape = rows == 1 ? tensor.shape() : tensor.shape().withBatch(rows);
            batch.add(new BatchTensor(tensor.name(), tensor.type(), shape, all));
            at += rows * bytes;
        }
        return batch;
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
