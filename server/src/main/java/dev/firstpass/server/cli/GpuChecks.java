package dev.firstpass.server.cli;

import dev.firstpass.server.cli.DoctorCheck.Finding;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.Engine;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.onnx.OnnxEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Tries each NVIDIA GPU that the driver shows. TensorFlow is tried with the first SavedModel that a server opens: a
/// process can use it on one GPU only, and this one has had it on the CPU.
///
/// Immutable.
///
/// @param builtForCuda whether the engines of this build could use a GPU
/// @param gpus folder in which the driver has one for each GPU
/// @param load loads ONNX Runtime on a GPU; the caller closes it
record GpuChecks(boolean builtForCuda, Path gpus, Function<Device.Cuda, Engine> load) {
    private static final String PAGE = "docs/gpu.md has the whole way";

    /// With the real library.
    ///
    /// @param environment of this process
    static GpuChecks onThisMachine(Map<String, String> environment) {
        return new GpuChecks(
                OnnxEngine.isBuiltForCuda(),
                Path.of("/proc/driver/nvidia/gpus"),
                cuda -> OnnxEngine.load(environment, 1, cuda));
    }

    List<DoctorCheck> all() {
        int count = count();
        if (builtForCuda && count > 0) {
            return IntStream.range(0, count)
                    .mapToObj(index -> new Device.Cuda(index, Device.CudaMemory.UNLIMITED))
                    .map(cuda -> new DoctorCheck("gpu " + cuda.id(), () -> trial(cuda)))
                    .toList();
        }
        return List.of(new DoctorCheck("gpu", () -> nothingToTry(count)));
    }

    private Finding nothingToTry(int count) {
        if (builtForCuda) {
            return Finding.fail(
                    "the driver shows no NVIDIA GPU, and this build looks for one",
                    "serve with `--devices cpu`, or install the driver; " + PAGE);
        }
        return count == 0
                ? Finding.ok("none: models run on the CPU")
                : Finding.note(count + " NVIDIA, which this build leaves alone", "build with `mvn -Pgpu`; " + PAGE);
    }

    private Finding trial(Device.Cuda cuda) {
        long begin = System.nanoTime();
        try (Engine _ = load.apply(cuda)) {
            return Finding.ok(
                    "ONNX Runtime ran a tiny model on it in " + (System.nanoTime() - begin) / 1_000_000 + " ms");
        } catch (EngineException e) {
            return Finding.fail(String.valueOf(e.getMessage()), PAGE);
        }
    }

    private int count() {
        if (!Files.isDirectory(gpus)) {
            return 0;
        }
        try (Stream<Path> each = Files.list(gpus)) {
            return (int) each.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
