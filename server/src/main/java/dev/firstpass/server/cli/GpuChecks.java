package dev.firstpass.server.cli;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.cli.DoctorCheck.Finding;
import dev.firstpass.server.runtime.device.nvidia.GpuName;
import dev.firstpass.server.runtime.device.nvidia.Nvml;
import dev.firstpass.server.runtime.device.nvidia.NvmlException;
import dev.firstpass.server.runtime.device.worker.WallState;
import dev.firstpass.server.runtime.device.worker.WorkerDevice;
import dev.firstpass.server.runtime.device.worker.WorkerTrial;
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
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Tries each NVIDIA GPU that the driver shows: in this process, and in a worker as `serve` starts them. TensorFlow is tried
/// with the first SavedModel that a server opens: a process can use it on one GPU only, and this one has had it on the
/// CPU.
///
/// Immutable.
///
/// @param builtForCuda whether the engines of this build could use a GPU
/// @param gpus folder in which the driver has one for each GPU
/// @param load loads ONNX Runtime on a GPU; the caller closes it
/// @param worker has ONNX Runtime run a tiny model in a worker, and tells what walls there were
/// @param look what the driver says of a GPU, in words; empty where it cannot be asked
record GpuChecks(
        boolean builtForCuda,
        Path gpus,
        Function<Device.Cuda, Engine> load,
        Function<Device.Cuda, WallState> worker,
        Function<Device.Cuda, Optional<String>> look) {
    private static final String PAGE = "docs/gpu.md has the whole way";
    private static final long MIB = 1 << 20;

    /// With the real library.
    ///
    /// @param environment of this process
    static GpuChecks onThisMachine(Map<String, String> environment) {
        return new GpuChecks(
                OnnxEngine.isBuiltForCuda(),
                Path.of("/proc/driver/nvidia/gpus"),
                cuda -> OnnxEngine.load(environment, 1, cuda),
                cuda -> WorkerTrial.of(EngineKind.ONNX, environment, WorkerDevice.of(cuda, environment))
                        .walls(),
                cuda -> look(cuda, environment));
    }

    private static Optional<String> look(Device.Cuda cuda, Map<String, String> environment) {
        try {
            return Nvml.open().flatMap(nvml -> {
                try (nvml) {
                    return GpuName.visible(cuda.index(), environment)
                            .flatMap(nvml::find)
                            .map(gpu -> look(gpu, nvml));
                }
            });
        } catch (NvmlException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private static String look(Nvml.Gpu gpu, Nvml nvml) {
        Nvml.Memory memory = nvml.memory(gpu);
        return gpu.name() + ", driver " + nvml.driverVersion() + ", " + memory.freeBytes() / MIB + " of "
                + memory.totalBytes() / MIB + " MiB free";
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
        String seen = look.apply(cuda).map(words -> words + ": ").orElse("");
        long begin = System.nanoTime();
        try (Engine _ = load.apply(cuda)) {
            return inAWorker(
                    cuda,
                    seen + "ONNX Runtime ran a tiny model on it in " + (System.nanoTime() - begin) / 1_000_000 + " ms");
        } catch (EngineException e) {
            return Finding.fail(seen + e.getMessage(), PAGE);
        }
    }

    /// It works in this process.
    private Finding inAWorker(Device.Cuda cuda, String here) {
        long begin = System.nanoTime();
        try {
            WallState walls = worker.apply(cuda);
            return Finding.ok(here + ", and in a worker, " + (walls.isStanding() ? "" : "not ") + "walled in, "
                    + (System.nanoTime() - begin) / 1_000_000 + " ms after its start");
        } catch (RuntimeException e) {
            return Finding.fail(
                    here + ", but not in a worker: " + e.getMessage(),
                    "serve with `--isolation in-process`, for models whose origin you trust, and tell us; " + PAGE);
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
