package dev.firstpass.server.cli;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.cli.DoctorCheck.Finding;
import dev.firstpass.server.image.ImageDecoder;
import dev.firstpass.server.image.ImageException;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.image.Raster;
import dev.firstpass.server.runtime.device.TinyImage;
import dev.firstpass.server.runtime.device.worker.WorkerTrial;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.onnx.OnnxEngine;
import dev.firstpass.server.runtime.engine.tensorflow.TensorFlowEngine;
import dev.firstpass.server.runtime.engines.TinyModel;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Tries native code on something tiny: what a library says of itself is no proof that it works here.
///
/// Immutable.
///
/// @param environment of this process
record EngineChecks(Map<String, String> environment) {
    private static final long MIB = 1 << 20;
    private static final String PLATFORM = "use a platform that the library is built for: 64-bit Linux with glibc 2.28";

    List<DoctorCheck> all() {
        return List.of(
                new DoctorCheck("onnx cpu", this::onnx),
                new DoctorCheck("tensorflow cpu", EngineChecks::tensorFlow),
                new DoctorCheck("images", EngineChecks::images),
                new DoctorCheck("sandbox onnx", () -> sandbox(WorkerTrial.of(EngineKind.ONNX, environment))),
                new DoctorCheck(
                        "sandbox tensorflow", () -> sandbox(WorkerTrial.of(EngineKind.TENSORFLOW, environment))),
                new DoctorCheck("sandbox images", () -> sandbox(WorkerTrial.ofDecoder(environment))));
    }

    private Finding onnx() {
        try (Engine engine = OnnxEngine.load(environment, 1)) {
            return trial("ONNX Runtime", engine);
        } catch (EngineException e) {
            return Finding.fail(String.valueOf(e.getMessage()), PLATFORM);
        }
    }

    private static Finding tensorFlow() {
        try (Engine engine = new TensorFlowEngine(1)) {
            return trial("TensorFlow", engine);
        } catch (EngineException e) {
            return Finding.fail(String.valueOf(e.getMessage()), PLATFORM);
        }
    }

    /// Of a worker that was started as `serve` does.
    private static Finding sandbox(WorkerTrial trial) {
        String detail = String.format(
                Locale.ROOT,
                "a worker process is %s; it answered %d ms after its start (CPU %d ms) with %d MiB of its own",
                trial.walls().summary(),
                trial.firstAnswer().toMillis(),
                trial.cpu().toMillis(),
                trial.privateBytes() / MIB);
        return trial.walls().isStanding()
                ? Finding.ok(detail)
                : Finding.fail(
                        detail,
                        "docs/isolation.md says what it needs; serve --sandbox best-effort does without, for models"
                                + " whose origin you trust");
    }

    private static Finding trial(String library, Engine engine) {
        long begin = System.nanoTime();
        List<Float> answer = TinyModel.trial(engine);
        return answer.equals(TinyModel.ANSWER)
                ? Finding.ok(library + " ran a tiny model in " + (System.nanoTime() - begin) / 1_000_000 + " ms")
                : Finding.fail(library + " computes wrongly: " + answer, PLATFORM);
    }

    private static Finding images() {
        try (Raster raster = new ImageDecoder(ImageLimits.DEFAULT).decode(TinyImage.png())) {
            return raster.size().equals(TinyImage.SIZE)
                    ? Finding.ok("OpenCV decoded a tiny PNG")
                    : Finding.fail("OpenCV decodes wrongly: " + raster.size(), PLATFORM);
        } catch (ImageException e) {
            return Finding.fail("OpenCV does not decode: " + e.getMessage(), PLATFORM);
        }
    }
}
