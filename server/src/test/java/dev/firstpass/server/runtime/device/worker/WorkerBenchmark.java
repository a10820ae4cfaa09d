package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.InProcessDeviceHost;
import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineSample;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import dev.firstpass.server.runtime.engine.onnx.OnnxSample;
import dev.firstpass.server.runtime.fake.Calm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/// What a worker process costs on a model that does next to nothing, against the same model in this process.
///
/// - latency: 12 KB in and out, one run at a time; in this process on the calling thread, and handed to another one, as
///   any queue does it;
/// - CPU: the same with 16 runs in flight, each handed to another thread in this process, and to the worker's;
/// - throughput: 1.2 MB in and out, with one run at a time and with as many as there are cores; in this process on the
///   calling thread, and handed to another one.
///
/// For one thread.
final class WorkerBenchmark {
    private static final Shape SMALL = Shape.of(1500, 2);
    private static final Shape LARGE = Shape.of(150_000, 2);
    private static final int SMALL_RUNS = 20_000;
    private static final int LARGE_RUNS = 3_000;
    private static final int IN_FLIGHT = 16;
    private static final int ROUNDS = 3;

    private final Slab slab;
    private final DeviceHost local;
    private final WorkerDeviceHost worker;
    private final Path model;

    private WorkerBenchmark(Slab slab, DeviceHost local, WorkerDeviceHost worker, Path model) {
        this.slab = slab;
        this.local = local;
        this.worker = worker;
        this.model = model;
    }

    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createTempDirectory("worker-benchmark-");
        Path model = new OnnxSample().write(EngineSample.Files.DOUBLING, folder);
        try (Slab slab = new Slab(64 << 20, 64 << 20);
                DeviceHost local = new InProcessDeviceHost("cpu", List.of(new OnnxSample().engine()), slab);
                WorkerDeviceHost worker =
                        WorkerDeviceHost.of("cpu", slab, TestWorkers.options(), Calm.oversight(System::nanoTime))) {
            WorkerBenchmark benchmark = new WorkerBenchmark(slab, local, worker, model);
            for (int round = 0; round < ROUNDS; round++) {
                benchmark.latency();
                benchmark.processorTime();
                benchmark.throughput();
            }
        } finally {
            Files.delete(model);
            Files.delete(folder);
        }
    }

    private void latency() {
        try (EngineSession here = open(local, 1).getFirst();
                EngineSession there = open(worker, 1).getFirst()) {
            long[] inProcess = nanos(here, SMALL, SMALL_RUNS);
            long[] handedOver = handedOver(here);
            long[] inWorker = nanos(there, SMALL, SMALL_RUNS);
            System.out.printf(
                    "latency, 12 KB: in process %.1f us (p99 %.1f), handed over %.1f us (p99 %.1f), worker %.1f us (p99 %.1f)%n",
                    at(inProcess, 0.5),
                    at(inProcess, 0.99),
                    at(handedOver, 0.5),
                    at(handedOver, 0.99),
                    at(inWorker, 0.5),
                    at(inWorker, 0.99));
        }
    }

    private long[] handedOver(EngineSession session) {
        try (ExecutorService engine = Executors.newSingleThreadExecutor()) {
            return nanos(
                    (inputs, memory) -> CompletableFuture.supplyAsync(() -> session.run(inputs, memory), engine)
                            .join(),
                    SMALL,
                    SMALL_RUNS);
        }
    }

    private void throughput() {
        for (int inFlight : List.of(1, Runtime.getRuntime().availableProcessors())) {
            try (ExecutorService engine = Executors.newFixedThreadPool(inFlight)) {
                double called = perSecond(local, inFlight, Runnable::run);
                double handedOver = perSecond(local, inFlight, engine);
                double inWorker = perSecond(worker, inFlight, Runnable::run);
                System.out.printf(
                        "throughput, %d in flight, 1.2 MB: in process %.0f/s, handed over %.0f/s, worker %.0f/s,"
                                + " ratio to the first %.3f, to the second %.3f%n",
                        inFlight, called, handedOver, inWorker, inWorker / called, inWorker / handedOver);
            }
        }
    }

    private double perSecond(DeviceHost host, int inFlight, Executor engine) {
        List<EngineSession> sessions = open(host, inFlight);
        try {
            together(sessions, engine, LARGE, LARGE_RUNS / 10);
            long start = System.nanoTime();
            together(sessions, engine, LARGE, LARGE_RUNS);
            return LARGE_RUNS * 1e9 / (System.nanoTime() - start);
        } finally {
            sessions.forEach(EngineSession::close);
        }
    }

    /// The hand-over in this process is one to a thread that waits in a queue, and back.
    private void processorTime() {
        try (ExecutorService engine = Executors.newFixedThreadPool(IN_FLIGHT)) {
            double inProcess = microsOfProcessors(local, engine);
            double inWorker = microsOfProcessors(worker, Runnable::run);
            System.out.printf(
                    "processor time, %d in flight, 12 KB: in process %.1f us, worker %.1f us, ratio %.2f%n",
                    IN_FLIGHT, inProcess, inWorker, inWorker / inProcess);
        }
    }

    private double microsOfProcessors(DeviceHost host, Executor engine) {
        List<EngineSession> sessions = open(host, IN_FLIGHT);
        try {
            together(sessions, engine, SMALL, SMALL_RUNS / 10);
            Duration before = processorTimeOfAll();
            together(sessions, engine, SMALL, SMALL_RUNS);
            return processorTimeOfAll().minus(before).toNanos() / 1e3 / SMALL_RUNS;
        } finally {
            sessions.forEach(EngineSession::close);
        }
    }

    /// The caller closes them.
    private List<EngineSession> open(DeviceHost host, int count) {
        List<EngineSession> sessions = Stream.generate(() -> host.open(EngineKind.ONNX, model))
                .limit(count)
                .toList();
        sessions.forEach(EngineSession::endWarmUp);
        return sessions;
    }

    private void together(List<EngineSession> sessions, Executor engine, Shape shape, int runs) {
        List<Thread> threads = new ArrayList<>();
        for (EngineSession session : sessions) {
            threads.add(Thread.ofPlatform().start(() -> runs(session, engine, shape, runs / sessions.size())));
        }
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts this thread", e);
            }
        }
    }

    private void runs(EngineSession session, Executor engine, Shape shape, int runs) {
        long bytes = shape.elements() * Float.BYTES;
        try (Region.Block row = slab.rows().tryAllocate(bytes).orElseThrow();
                Region.Block result = slab.results().tryAllocate(bytes).orElseThrow()) {
            List<BatchTensor> inputs = List.of(new BatchTensor("x", ElementType.FLOAT32, shape, row.segment()));
            for (int i = 0; i < runs; i++) {
                CompletableFuture.runAsync(() -> session.run(inputs, _ -> result.segment()), engine)
                        .join();
            }
        }
    }

    /// Of this process and the worker.
    private Duration processorTimeOfAll() {
        long pid = worker.workerPid(EngineKind.ONNX).orElseThrow();
        return Stream.of(ProcessHandle.current(), ProcessHandle.of(pid).orElseThrow())
                .map(process -> process.info().totalCpuDuration().orElseThrow())
                .reduce(Duration.ZERO, Duration::plus);
    }

    /// Of each run, in order of size.
    private long[] nanos(EngineSession session, Shape shape, int runs) {
        return nanos(session::run, shape, runs);
    }

    private long[] nanos(BiFunction<List<BatchTensor>, OutputMemory, List<BatchTensor>> model, Shape shape, int runs) {
        long[] nanos = new long[runs];
        long bytes = shape.elements() * Float.BYTES;
        try (Region.Block row = slab.rows().tryAllocate(bytes).orElseThrow();
                Region.Block result = slab.results().tryAllocate(bytes).orElseThrow()) {
            List<BatchTensor> inputs = List.of(new BatchTensor("x", ElementType.FLOAT32, shape, row.segment()));
            for (int i = 0; i < runs; i++) {
                long start = System.nanoTime();
                var _ = model.apply(inputs, _ -> result.segment());
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
