package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.runtime.batch.BatchItem;
import dev.firstpass.server.runtime.batch.RowOutputs;
import dev.firstpass.server.runtime.batch.Supervision;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.fake.CountedLosses;
import dev.firstpass.server.runtime.fake.OneGroup;
import dev.firstpass.server.runtime.fake.Rows;
import dev.firstpass.server.runtime.fake.Versions;
import dev.firstpass.server.runtime.fault.Fault;
import dev.firstpass.server.runtime.fault.FaultEngine;
import dev.firstpass.server.runtime.graph.SavedGraphs;
import dev.firstpass.server.runtime.lifecycle.Integrity;
import dev.firstpass.server.runtime.lifecycle.MemoryRules;
import dev.firstpass.server.runtime.lifecycle.ModelRuntime;
import dev.firstpass.server.runtime.lifecycle.Placement;
import dev.firstpass.server.runtime.lifecycle.ResidencyListener;
import dev.firstpass.server.runtime.lifecycle.ServableLease;
import dev.firstpass.server.runtime.lifecycle.ServableLoader;
import dev.firstpass.server.runtime.supervision.Oversight;
import dev.firstpass.server.runtime.supervision.Quarantine;
import dev.firstpass.server.runtime.supervision.WatchdogThread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Models that go wrong on some values, in real worker processes, with everything that supervises them.
///
/// Thread-safe.
final class FaultyModels implements AutoCloseable {
    static final Duration RUN_LIMIT = Duration.ofSeconds(1);

    private final Slab slab = new Slab(1 << 20, 1 << 20);
    private final WatchdogThread watchdog = new WatchdogThread(Duration.ofMillis(100));
    private final CountedLosses heard = new CountedLosses();
    private final Quarantine quarantine = new Quarantine(System::nanoTime, heard);
    private final Queue<ModelVersion> crashed = new ConcurrentLinkedQueue<>();
    private final WorkerDeviceHost host;
    private final ModelRuntime runtime;

    FaultyModels() {
        this(FaultWorkerMain.class);
    }

    /// @param main of the workers
    FaultyModels(Class<?> main) {
        this(main, RUN_LIMIT);
    }

    /// @param runLimit after which a run counts as one that hangs
    FaultyModels(Class<?> main, Duration runLimit) {
        this.host = WorkerDeviceHost.of(
                "cpu",
                slab,
                new WorkerCommand(TestWorkers.options(), main.getName(), true),
                new Oversight(watchdog, heard, System::nanoTime));
        this.runtime = new ModelRuntime(
                new ServableLoader(
                        OneGroup.of(host, slab),
                        Placement.on(List.of("cpu")),
                        Integrity.ASSUMED,
                        SavedGraphs.NONE,
                        256,
                        new Supervision(quarantine, watchdog, runLimit),
                        System::nanoTime),
                MemoryRules.of(_ -> 1L << 40, _ -> false),
                ResidencyListener.NONE,
                crashed::add);
    }

    /// @param directory of its own, which need not exist; its last part is the model's name
    /// @param engine decides which worker it runs in
    ModelVersion model(Path directory, EngineKind engine, Map<Float, Fault> faults) throws IOException {
        var _ = Files.createDirectories(directory);
        FaultEngine.write(directory.resolve("main.onnx"), faults);
        return version(directory, engine);
    }

    /// A model that goes wrong as soon as it is opened.
    ModelVersion broken(Path directory, Fault fault) throws IOException {
        var _ = Files.createDirectories(directory);
        FaultEngine.writeBroken(directory.resolve("main.onnx"), fault);
        return version(directory, EngineKind.ONNX);
    }

    /// A model for a [LyingWorkerMain].
    ModelVersion lying(Path directory, Lie lie) throws IOException {
        var _ = Files.createDirectories(directory);
        Files.writeString(directory.resolve("main.onnx"), lie.name());
        return version(directory, EngineKind.ONNX);
    }

    private static ModelVersion version(Path directory, EngineKind engine) {
        return Versions.in(directory, engine, directory.getFileName().toString(), 1, StageSpec.MAIN);
    }

    /// Bytes that models hold by the workers' word, as far as it is believed.
    long heldBytes() {
        return host.reclaim();
    }

    /// The answer of one row, loading the model first if need be; for as many threads as there is.
    float ask(ModelVersion version, float value, Deadline deadline) throws InterruptedException {
        BatchItem item = Rows.item(slab, value, deadline);
        try (ServableLease lease = leaseFor(version, deadline, item)) {
            RowOutputs outputs = lease.infer(StageSpec.MAIN, List.of(item)).getFirst();
            try (var raw = outputs.raw()) {
                return raw.tensors().getFirst().f32(0);
            }
        }
    }

    private ServableLease leaseFor(ModelVersion version, Deadline deadline, BatchItem item)
            throws InterruptedException {
        try {
            return runtime.lease(version, deadline, Priority.INTERACTIVE);
        } catch (RuntimeException e) {
            item.row().close();
            throw e;
        }
    }

    WorkerDeviceHost host() {
        return host;
    }

    ModelRuntime runtime() {
        return runtime;
    }

    CountedLosses heard() {
        return heard;
    }

    Quarantine quarantine() {
        return quarantine;
    }

    /// The versions that were found to crash time after time.
    List<ModelVersion> crashed() {
        return List.copyOf(crashed);
    }

    long lentBytes() {
        return slab.rows().lentBytes() + slab.results().lentBytes();
    }

    @Override
    public void close() {
        runtime.close();
        host.close();
        watchdog.close();
        slab.close();
    }
}
