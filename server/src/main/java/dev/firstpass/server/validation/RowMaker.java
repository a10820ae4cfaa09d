package dev.firstpass.server.validation;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.pipeline.CpuGate;
import dev.firstpass.server.runtime.device.DecodingHost;
import dev.firstpass.server.runtime.device.ImageRow;
import dev.firstpass.server.runtime.device.RowPlan;
import dev.firstpass.server.runtime.engine.BatchTensor;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// Makes rows of images as requests' rows are made: by the host that decodes them, under the CPU gate. They are copied
/// out of its memory, since the version that they are for does not share it.
///
/// Thread-safe; owns nothing.
///
/// @param decoding of those that serve: what it is given is as hostile as any asset
public record RowMaker(DecodingHost decoding, CpuGate cpu) {
    /// @throws dev.firstpass.server.failure.FailureException and others of the image kind, mapped by `failure.Failures`
    Made make(byte[] image, InputSpec input, List<RowSource> sources, Deadline deadline) throws InterruptedException {
        try (RowPlan plan = decoding.plan(image, input, sources, deadline);
                CpuGate.Permit _ = cpu.enter(deadline)) {
            List<ImageRow> rows = plan.fill();
            try {
                return new Made(plan.size(), rows.stream().map(RowMaker::copy).toList());
            } finally {
                rows.forEach(ImageRow::close);
            }
        }
    }

    private static PreparedRow copy(ImageRow row) {
        BatchTensor tensor = row.row().tensors().getFirst();
        return new PreparedRow(
                tensor.shape(), tensor.type(), row.transform(), tensor.data().toArray(ValueLayout.JAVA_BYTE));
    }

    /// @param size of the upright image
    record Made(ImageSize size, List<PreparedRow> rows) {
        Made {
            rows = List.copyOf(rows);
        }
    }
}
