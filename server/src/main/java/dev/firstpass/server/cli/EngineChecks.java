package dev.firstpass.server.cli;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.savedmodel.SavedModelFile;
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
import dev.firstpass.server.runtime.engine.tensorflow.TensorFlowEngine;
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

    /// A SavedModel that does the same: one operation, 138 bytes.
    private static final byte[] NEGATE_SAVED =
            bytes("CAEShQEKByIFc2VydmUSNQodCgF4EgtQbGFjZWhvbGRlcioLCgVkdHlwZRICMAEKFAoBeRIDTmVnGgF4KgcKAVQSAjABKkMKD3Nl"
                    + "cnZpbmdfZGVmYXVsdBIwChYKAXgSEQoDeDowEAEaCBICCAESAggCEhYKAXkSEQoDeTowEAEaCBICCAESAggC");

    /// A PNG of a red pixel beside a blue one.
    private static final byte[] TWO_PIXELS =
            bytes("iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAADUlEQVR4nGP4zwAE/wEHAAH/4iOeWQAAAABJRU5ErkJggg==");

    private static final String PLATFORM = "use a platform that the library is built for: 64-bit Linux with glibc 2.28";

    List<DoctorCheck> all() {
        return List.of(
                new DoctorCheck("onnx cpu", this::onnx),
                new DoctorCheck("tensorflow cpu", EngineChecks::tensorFlow),
                new DoctorCheck("images", EngineChecks::images));
    }

    private Finding onnx() {
        try (Engine engine = OnnxEngine.load(environment, 1)) {
            return trial("ONNX Runtime", engine, "model.onnx", NEGATE);
        } catch (EngineException e) {
            return Finding.fail(String.valueOf(e.getMessage()), PLATFORM);
        }
    }

    private static Finding tensorFlow() {
        try (Engine engine = new TensorFlowEngine(1)) {
            return trial("TensorFlow", engine, SavedModelFile.FILE_NAME, NEGATE_SAVED);
        } catch (EngineException e) {
            return Finding.fail(String.valueOf(e.getMessage()), PLATFORM);
        }
    }

    /// Opens the tiny model and runs it; opening it may load the library.
    private static Finding trial(String library, Engine engine, String fileName, byte[] model) {
        Path folder;
        try {
            folder = Files.createTempDirectory("firstpass-doctor-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Path file = folder.resolve(fileName);
        try {
            Files.write(file, model);
            long begin = System.nanoTime();
            float[] result = negate(engine, engine.kind() == EngineKind.TENSORFLOW ? folder : file, 1.5f, -2f);
            return result[0] == -1.5f && result[1] == 2f
                    ? Finding.ok(library + " ran a tiny model in " + (System.nanoTime() - begin) / 1_000_000 + " ms")
                    : Finding.fail(library + " computes wrongly: " + List.of(result[0], result[1]), PLATFORM);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            delete(file);
            delete(folder);
        }
    }

    private static float[] negate(Engine engine, Path model, float first, float second) {
        try (Arena arena = Arena.ofConfined();
                EngineSession session = engine.open(model)) {
            MemorySegment input = arena.allocateFrom(ValueLayout.JAVA_FLOAT, first, second);
            return session.run(
                            List.of(new BatchTensor("x", ElementType.FLOAT32, Shape.of(1, 2), input)),
                            bytes -> arena.allocate(bytes, Float.BYTES))
                    .getFirst()
                    .data()
                    .toArray(ValueLayout.JAVA_FLOAT);
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
