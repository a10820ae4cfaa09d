package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.ServerWithWorkers;
import dev.firstpass.server.config.DeviceChoice;
import dev.firstpass.server.config.RuntimeConfigs;
import dev.firstpass.server.demo.DemoModels;
import dev.firstpass.server.demo.DemoPhotos;
import dev.firstpass.server.demo.FetchListener;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.worker.WorkerDeviceHost;
import dev.firstpass.server.runtime.device.worker.WorkerReport;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.Device.CudaMemory;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.ForwardingSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import dev.firstpass.server.runtime.engine.SavedGraph;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A whole server with workers for two devices, which are called GPUs and are both the CPU.
@Timeout(120)
final class SeveralDevicesTest {
    private static final List<Device> TWO_GPUS =
            List.of(new Device.Cuda(0, CudaMemory.UNLIMITED), new Device.Cuda(1, CudaMemory.UNLIMITED));
    private static final int CLIENTS = 4;
    private static final int REQUESTS = 16;
    private static final long BUDGET = 1L << 30;

    @TempDir
    Path folder = Path.of("");

    private final byte[] photo = DemoPhotos.all().getFirst().bytes();
    private final Map<String, WatchedHost> hosts = new ConcurrentHashMap<>();

    @Test
    void workerOfOneDevice_killedUnderLoad_costsNoRequestAndBothRun() throws Exception {
        try (FirstpassServer server = start(Map.of(), this::watched)) {
            Path coco = DemoServer.models().fetch(DemoModels.all().getFirst(), FetchListener.NONE);
            register(server, "coco", coco);
            List<Annotation> expected = annotations(server);
            WatchedHost killed = host("cuda:1");
            long pid = killed.pid();
            int firstRuns = host("cuda:0").runs.get();
            int secondRuns = killed.runs.get();

            List<List<Annotation>> answers = underLoad(server, killed, secondRuns, pid);

            assertEquals(CLIENTS * REQUESTS, answers.size());
            answers.forEach(answer -> assertEquals(expected, answer));
            assertTrue(host("cuda:0").runs.get() > firstRuns, "cuda:0 ran nothing");
            assertTrue(killed.runs.get() > secondRuns, "cuda:1 ran nothing");
            while (killed.findPid().isEmpty()) {
                assertEquals(expected, annotations(server));
            }
            assertNotEquals(pid, killed.pid());
        }
    }

    @Test
    void model_placedOnOneDevice_isOnThatAlone() throws Exception {
        ModelName placed = new ModelName("placed");
        try (FirstpassServer server = start(Map.of(placed, List.of("cuda:1")), host -> host)) {
            register(server, "placed", SizedModel.write(folder.resolve("placed.onnx"), 1, 1 << 20));

            List<WorkerReport> workers =
                    server.runtime().workers().values().stream().findFirst().orElseThrow();
            assertEquals(
                    Set.of("cuda:1 onnx", "cpu decoder"),
                    workers.stream()
                            .filter(worker -> worker.pid().isPresent())
                            .map(worker -> worker.device() + " " + worker.role())
                            .collect(Collectors.toSet()));
            assertEquals(
                    1,
                    workers.stream()
                            .filter(worker -> worker.role().equals("decoder"))
                            .count());
            String metrics = metrics(server);
            assertTrue(metrics.contains("firstpass_memory_budget_bytes{device=\"cuda:0\"} 1.073741824E9"), metrics);
            assertTrue(metrics.contains("firstpass_memory_budget_bytes{device=\"cuda:1\"} 1.073741824E9"), metrics);
            assertTrue(
                    metrics.contains(
                            "firstpass_model_resident_bytes{device=\"cuda:1\",model=\"placed\",version=\"1\"}"),
                    metrics);
            assertFalse(metrics.contains("firstpass_model_resident_bytes{device=\"cuda:0\""), metrics);
            assertTrue(metrics.contains("firstpass_worker_up{device=\"cuda:0\",role=\"onnx\"} 0.0"), metrics);
            assertTrue(metrics.contains("firstpass_worker_up{device=\"cuda:1\",role=\"onnx\"} 1.0"), metrics);

            register(server, "anywhere", SizedModel.write(folder.resolve("anywhere.onnx"), 2, 1 << 20));
            assertEquals(
                    Set.of("cuda:0", "cuda:1"),
                    Set.copyOf(server.runtime().models().loadedVersions().stream()
                            .filter(ref -> ref.name().value().equals("anywhere"))
                            .flatMap(ref ->
                                    server.runtime().models().loaded(ref).orElseThrow().bytes().keySet().stream())
                            .toList()));
        }
    }

    /// What clients get while a device's worker is killed among their requests, once it has had some.
    private List<List<Annotation>> underLoad(FirstpassServer server, WatchedHost killed, int runs, long pid)
            throws Exception {
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            List<Future<List<Annotation>>> futures = new ArrayList<>(IntStream.range(0, CLIENTS * REQUESTS)
                    .mapToObj(_ -> clients.submit(() -> annotations(server)))
                    .toList());
            while (killed.runs.get() < runs + 3) {
                Thread.sleep(1);
            }
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            List<List<Annotation>> answers = new ArrayList<>();
            for (Future<List<Annotation>> future : futures) {
                answers.add(future.get());
            }
            return answers;
        }
    }

    private List<Annotation> annotations(FirstpassServer server) {
        return server.runtime()
                .prelabeler()
                .prelabel(Requests.of("coco", "photo", photo, "firstpass"))
                .prelabels()
                .annotations();
    }

    private static void register(FirstpassServer server, String name, Path file) throws InterruptedException {
        var registration =
                server.runtime().register(new ModelName(name), file, Optional.empty(), ProgressListener.NONE);
        assertEquals("", registration.failure());
        server.runtime().awaitSettled();
    }

    private static String metrics(FirstpassServer server) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                            HttpRequest.newBuilder(server.managementUrl().resolve("metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private WatchedHost host(String device) {
        return Objects.requireNonNull(hosts.get(device));
    }

    private DeviceHost watched(WorkerDeviceHost host) {
        WatchedHost watched = new WatchedHost(host);
        // The first is the one that serves; the others are of trials.
        var _ = hosts.putIfAbsent(host.device(), watched);
        return watched;
    }

    /// Without the cache, which would answer all but the first request.
    private FirstpassServer start(
            Map<ModelName, List<String>> placement, Function<WorkerDeviceHost, DeviceHost> watched) {
        return ServerWithWorkers.startOnCpu(
                folder.resolve("data"),
                DemoServer.ON_LOOPBACK,
                RuntimeConfigs.forCores(2)
                        .engineThreads(1)
                        .slabBytes(64 << 20)
                        .budget(BUDGET)
                        .devices(new DeviceChoice.Fixed(TWO_GPUS), placement)
                        .inWorkers(),
                watched);
    }

    /// Counts the runs of a device.
    ///
    /// Thread-safe.
    private static final class WatchedHost implements DeviceHost {
        final AtomicInteger runs = new AtomicInteger();
        private final WorkerDeviceHost host;

        WatchedHost(WorkerDeviceHost host) {
            this.host = host;
        }

        long pid() {
            return findPid().orElseThrow();
        }

        Optional<Long> findPid() {
            return host.workerPid(EngineKind.ONNX);
        }

        @Override
        public String device() {
            return host.device();
        }

        @Override
        public EngineSession open(EngineKind engine, Path file) {
            return new WatchedSession(host.open(engine, file), runs);
        }

        @Override
        public EngineSession open(EngineKind engine, Path file, SavedGraph graph) {
            return new WatchedSession(host.open(engine, file, graph), runs);
        }

        /// The CPU gains nothing from a GPU's batches, and they take long to warm up.
        @Override
        public int worthwhileBatch() {
            return CPU_BATCH;
        }

        @Override
        public long reclaim() {
            return host.reclaim();
        }

        @Override
        public void endIfUnused() {
            host.endIfUnused();
        }

        @Override
        public void close() {
            host.close();
        }
    }

    private static final class WatchedSession extends ForwardingSession {
        private final AtomicInteger runs;

        WatchedSession(EngineSession session, AtomicInteger runs) {
            super(session);
            this.runs = runs;
        }

        @Override
        public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
            List<BatchTensor> outputs = super.run(inputs, memory);
            runs.incrementAndGet();
            return outputs;
        }
    }
}
