package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.image.ImageDecoder;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.InProcessDeviceHost;
import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineSample;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.onnx.OnnxSample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// What a worker process costs: 12 KB in, 12 KB out, one run at a time, on a model that does next to nothing.
///
/// For one thread.
final class WorkerBenchmark {
    private static final Shape ROW = Shape.of(1500, 2);
    private static final int RUNS = 20_000;
    private static final int ROUNDS = 3;

    private WorkerBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createTempDirectory("worker-benchmark-");
        Path model = new OnnxSample().write(EngineSample.Files.DOUBLING, folder);
        ImageDecoder decoder = new ImageDecoder(ImageLimits.DEFAULT);
        try (Slab slab = new Slab(1 << 20, 1 << 20);
                DeviceHost local = new InProcessDeviceHost("cpu", List.of(new OnnxSample().engine()), decoder, slab);
                DeviceHost worker = WorkerDeviceHost.start(
                        "cpu", ImageLimits.DEFAULT, slab, 2, 1, System.getenv(), System::nanoTime);
                EngineSession here = local.open(EngineKind.ONNX, model);
                EngineSession there = worker.open(EngineKind.ONNX, model)) {
            for (int round = 0; round < ROUNDS; round++) {
                long[] inProcess = nanos(here, slab);
                long[] inWorker = nanos(there, slab);
                System.out.printf(
                        "in process %.1f us (p99 %.1f), worker %.1f us (p99 %.1f), ratio %.2f%n",
                        at(inProcess, 0.5),
                        at(inProcess, 0.99),
                        at(inWorker, 0.5),
                        at(inWorker, 0.99),
                        at(inWorker, 0.5) / at(inProcess, 0.5));
            }
        } finally {
            Files.delete(model);
            Files.delete(folder);
        }
    }

    /// Of each run, in order of size.
    private static long[] nanos(EngineSession session, Slab slab) {
        long[] nanos = new long[RUNS];
        long bytes = ROW.elements() * Float.BYTES;
        try (Region.Block row = slab.rows().tryAllocate(bytes).orElseThrow();
                Region.Block result = slab.results().tryAllocate(bytes).orElseThrow()) {
            List<BatchTensor> inputs = List.of(new BatchTensor("x", ElementType.FLOAT32, ROW, row.segment()));
            for (int i = 0; i < RUNS; i++) {
                long start = System.nanoTime();
                session.run(inputs, _ -> result.segment());
                nanos[i] = System.nanoTime() - start;
            }
        }
        Arrays.sort(nanos);
        return nanos;
    }

    private static double at(long[] sorted, double share) {
        return sorted[(int) (share * (sorted.length - 1))] / 1e3;
    }
}
