package dev.firstpass.server.cli;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.cli.DoctorCheck.Finding;
import dev.firstpass.server.image.ImageDecoder;
import dev.firstpass.server.image.ImageException;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.image.Raster;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.onnx.OnnxEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/// Tries native code on something tiny: what a library says of itself is no proof that it works here.
///
/// Immutable.
///
/// @param environment of this process
record EngineChecks(Map<String, String> environment) {
    /// An ONNX model that negates two floats, `x` to `y`: ir_version 8, opset 13, 66 bytes, written by hand.
    private static final byte[] NEGATE =
            bytes("CAhCAhANOjoKCwoBeBIBeSIDTmVnEgFnWhMKAXgSDgoMCAESCAoCCAEKAggCYhMKAXkSDgoMCAESCAoCCAEKAggC");

    /// A PNG of a red pixel beside a blue one.
    private static final byte[] TWO_PIXELS =
            bytes("iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAADUlEQVR4nGP4zwAE/wEHAAH/4iOeWQAAAABJRU5ErkJggg==");

    private static final String PLATFORM = "use a platform that the library is built for: 64-bit Linux with glibc 2.28";

    List<DoctorCheck> all() {
        return List.of(
                new DoctorCheck("onnx cpu", this::onnx),
                new DoctorCheck("images", EngineChecks::images),
                new DoctorCheck(
                        "tensorflow", () -> Finding.note("not part of this release", "export the model as ONNX")));
    }

    private Finding onnx() {
        try (Engine engine = OnnxEngine.load(environment, 1)) {
            long begin = System.nanoTime();
            float[] result = negate(engine, 1.5f, -2f);
            return result[0] == -1.5f && result[1] == 2f
                    ? Finding.ok("ONNX Runtime ran a tiny model in " + (System.nanoTime() - begin) / 1_000_000 + " ms")
                    : Finding.fail("ONNX Runtime computes wrongly: " + List.of(result[0], result[1]), PLATFORM);
        } catch (EngineException e) {
            return Finding.fail(String.valueOf(e.getMessage()), PLATFORM);
        }
    }

    private static float[] negate(Engine engine, float first, float second) {
        Path file;
        try {
            file = Files.createTempFile("firstpass-doctor-", ".onnx");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (Arena arena = Arena.ofConfined()) {
            Files.write(file, NEGATE);
            MemorySegment input = arena.allocateFrom(ValueLayout.JAVA_FLOAT, first, second);
            try (EngineSession session = engine.open(file)) {
                BatchTensor output = session.run(
                                List.of(new BatchTensor("x", ElementType.FLOAT32, Shape.of(1, 2), input)),
                                bytes -> arena.allocate(bytes, Float.BYTES))
                        .getFirst();
                return output.data().toArray(ValueLayout.JAVA_FLOAT);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            delete(file);
        }
    }

    private static Finding images() {
        try (Raster raster = new ImageDecoder(ImageLimits.DEFAULT).decode(TWO_PIXELS)) {
            return raster.size().equals(new ImageSize(2, 1))
                    ? Finding.ok("OpenCV decoded a tiny PNG")
                    : Finding.fail("OpenCV decodes wrongly: " + raster.size(), PLATFORM);
        } catch (ImageException e) {
            return Finding.fail("OpenCV does not decode: " + e.getMessage(), PLATFORM);
        }
    }

    private static byte[] bytes(String base64) {
        return Base64.getDecoder().decode(base64);
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
