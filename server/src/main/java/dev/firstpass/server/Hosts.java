package dev.firstpass.server;

import dev.firstpass.server.config.DeviceChoice;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.config.Sandbox;
import dev.firstpass.server.runtime.batch.schedule.Schedules;
import dev.firstpass.server.runtime.device.DecodingHost;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.DeviceMemory;
import dev.firstpass.server.runtime.device.InProcessDecodingHost;
import dev.firstpass.server.runtime.device.InProcessDeviceHost;
import dev.firstpass.server.runtime.device.IsolationGroup;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.device.nvidia.NvidiaMemory;
import dev.firstpass.server.runtime.device.worker.NotWalledException;
import dev.firstpass.server.runtime.device.worker.WorkerDecodingHost;
import dev.firstpass.server.runtime.device.worker.WorkerDevice;
import dev.firstpass.server.runtime.device.worker.WorkerDeviceHost;
import dev.firstpass.server.runtime.device.worker.WorkerOptions;
import dev.firstpass.server.runtime.device.worker.WorkerReport;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engines.Engines;
import dev.firstpass.server.runtime.lifecycle.Grouping;
import dev.firstpass.server.runtime.lifecycle.IsolationGroups;
import dev.firstpass.server.runtime.lifecycle.Placement;
import dev.firstpass.server.runtime.supervision.Oversight;
import dev.firstpass.server.runtime.supervision.SupervisionListener;
import dev.firstpass.server.runtime.supervision.Watchdog;
import dev.firstpass.server.runtime.supervision.WatchdogThread;
import dev.firstpass.server.validation.Bench;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where native code runs: the isolation groups, and who watches over them. The group that most models share gets ready
/// to decode while the rest of the server starts, which takes about as long.
///
/// Thread-safe. Closed last, when nobody uses a group any more.
final class Hosts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Hosts.class);
    private static final Duration WATCH_PERIOD = Duration.ofMillis(250);

    private final WatchdogThread watchdog;
    private final IsolationGroups groups;
    private final DeviceMemory memory;
    private final Placement placement;
    private final Bench.Maker benches;
    private final Schedules schedules;
    private final CompletableFuture<Void> warmUp;

    private Hosts(
            WatchdogThread watchdog,
            IsolationGroups groups,
            DeviceMemory memory,
            Placement placement,
            Bench.Maker benches,
            Schedules schedules,
            DecodingHost common) {
        this.watchdog = watchdog;
        this.groups = groups;
        this.memory = memory;
        this.placement = placement;
        this.benches = benches;
        this.schedules = schedules;
        this.warmUp = CompletableFuture.runAsync(common::warmUp, Thread::startVirtualThread)
                .whenComplete((_, failure) -> {
                    if (failure != null) {
                        LOG.error("images cannot be decoded", failure);
                    }
                });
    }

    /// Opens the group that most models share and begins to warm it up.
    ///
    /// @param workers that this process owns: workers' folders
    /// @param maker [#host], unless a test has hosts of its own
    /// @throws EngineException if the engine does not load, or a GPU does not work
    /// @throws NotWalledException if a GPU must be tried in a walled worker and there is none
    static Hosts start(Path workers, RuntimeConfig config, SupervisionListener supervision, Maker maker) {
        WorkerDeviceHost.sweep(workers);
        WatchdogThread watchdog = new WatchdogThread(WATCH_PERIOD);
        Oversight oversight = new Oversight(watchdog, supervision, System::nanoTime);
        List<Device> devices = devices(config);
        DeviceMemory memory = memory(devices);
        IsolationGroups groups = new IsolationGroups(
                grouping(config), memory, name -> group(maker, devices, workers, oversight, config, name));
        try {
            Placement placement = Placement.of(devices, config.placement()).withCpuSessions(config.engineSessions());
            groups.common().hosts().forEach(DeviceHost::tryOut);
            return new Hosts(
                    watchdog,
                    groups,
                    memory,
                    placement,
                    name -> bench(maker, device(devices, name), workers, oversight, config),
                    maker.schedules(),
                    groups.common().decoding());
        } catch (RuntimeException | Error e) {
            groups.close();
            memory.close();
            watchdog.close();
            throw e;
        }
    }

    /// What can be told of the devices' own memory; the caller closes it. Nobody loads a driver's library for a CPU.
    private static DeviceMemory memory(List<Device> devices) {
        return devices.stream().anyMatch(Device.Cuda.class::isInstance)
                ? NvidiaMemory.open(System.getenv())
                        .<DeviceMemory>map(open -> open)
                        .orElse(DeviceMemory.NONE)
                : DeviceMemory.NONE;
    }

    private static Grouping grouping(RuntimeConfig config) {
        return switch (config.isolation()) {
            case IN_PROCESS -> new Grouping.OneForAll();
            case WORKER -> new Grouping.ByTenant(Set.copyOf(config.shared()));
        };
    }

    /// @param workers that this process owns: workers' folders
    private static IsolationGroup group(
            Maker maker, List<Device> devices, Path workers, Oversight oversight, RuntimeConfig config, String name) {
        Slab slab = new Slab(config.rowBytes(), config.resultBytes());
        List<DeviceHost> hosts = new ArrayList<>();
        try {
            for (Device device : devices) {
                hosts.add(maker.host(device, workers, slab, oversight, config));
            }
            return new IsolationGroup(name, slab, decoding(workers, slab, oversight, config), hosts);
        } catch (RuntimeException | Error e) {
            hosts.forEach(DeviceHost::close);
            slab.close();
            throw e;
        }
    }

    /// A host that is in no group, with memory of its own.
    private static Bench bench(Maker maker, Device device, Path workers, Oversight oversight, RuntimeConfig config) {
        Slab slab = new Slab(config.rowBytes(), config.resultBytes());
        try {
            return new Bench(maker.host(device, workers, slab, oversight, config), slab);
        } catch (RuntimeException | Error e) {
            slab.close();
            throw e;
        }
    }

    private static Device device(List<Device> devices, String name) {
        return devices.stream()
                .filter(device -> device.id().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("device: " + name + " (expected: one of "
                        + devices.stream().map(Device::id).toList() + ")"));
    }

    private static List<Device> devices(RuntimeConfig config) {
        return switch (config.devices()) {
            case DeviceChoice.Auto auto -> List.of(Engines.usualDevice(auto.memory()));
            case DeviceChoice.Fixed fixed -> fixed.devices();
        };
    }

    /// What decodes for a group; the caller closes it.
    private static DecodingHost decoding(Path workers, Slab slab, Oversight oversight, RuntimeConfig config) {
        return switch (config.isolation()) {
            case IN_PROCESS -> new InProcessDecodingHost(config.images(), slab);
            case WORKER ->
                WorkerDecodingHost.begin(
                        config.images(),
                        slab,
                        config.cpuPermits(),
                        options(workers, config, WorkerDevice.cpu()),
                        oversight);
        };
    }

    private static WorkerOptions options(Path workers, RuntimeConfig config, WorkerDevice device) {
        return new WorkerOptions(
                config.engineThreads(), System.getenv(), workers, config.sandbox() == Sandbox.REQUIRED, device);
    }

    /// The host of a group's device as the configuration wants it; the caller closes it.
    ///
    /// @throws EngineException if the engine does not load, or there is no such GPU
    static DeviceHost host(Device device, Path workers, Slab slab, Oversight oversight, RuntimeConfig config) {
        return switch (config.isolation()) {
            case IN_PROCESS ->
                new InProcessDeviceHost(
                        device.id(), Engines.load(System.getenv(), config.engineThreads(), device), slab);
            case WORKER ->
                WorkerDeviceHost.of(
                        device.id(),
                        slab,
                        options(workers, config, WorkerDevice.of(device, System.getenv())),
                        oversight);
        };
    }

    IsolationGroups groups() {
        return groups;
    }

    /// How the workers of each isolation group stand, by the group's name; none where models run in this process. Does not
    /// block.
    Map<String, List<WorkerReport>> workers() {
        Map<String, List<WorkerReport>> reports = new LinkedHashMap<>();
        for (IsolationGroup group : groups.all()) {
            List<WorkerReport> workers = reports(group);
            if (!workers.isEmpty()) {
                reports.put(group.name(), workers);
            }
        }
        return reports;
    }

    private static List<WorkerReport> reports(IsolationGroup group) {
        List<WorkerReport> reports = new ArrayList<>();
        for (DeviceHost host : group.hosts()) {
            if (host instanceof WorkerDeviceHost workers) {
                reports.addAll(workers.reports());
            }
        }
        if (group.decoding() instanceof WorkerDecodingHost decoding) {
            reports.add(decoding.report());
        }
        return reports;
    }

    /// Which devices models run on; every group has a host for each.
    Placement placement() {
        return placement;
    }

    /// Who decides what runs next.
    Schedules schedules() {
        return schedules;
    }

    /// Makes hosts of their own for versions that are tried out; who gets one closes it before this is closed.
    Bench.Maker benches() {
        return benches;
    }

    /// What can be told of the devices' own memory.
    DeviceMemory memory() {
        return memory;
    }

    Watchdog watchdog() {
        return watchdog;
    }

    /// Whether images can be decoded, or it is known that they cannot and models run all the same.
    boolean areWarm() {
        return warmUp.isDone() && refusal().isEmpty();
    }

    /// Why nothing will ever run here.
    Optional<NotWalledException> refusal() {
        return warmUp.state() == CompletableFuture.State.FAILED
                        && warmUp.exceptionNow() instanceof NotWalledException refusal
                ? Optional.of(refusal)
                : Optional.empty();
    }

    @Override
    public void close() {
        warmUp.exceptionally(_ -> null).join();
        groups.close();
        memory.close();
        watchdog.close();
    }

    /// Makes the host of one device of an isolation group, which closes it.
    @FunctionalInterface
    interface Maker {
        /// @param workers folder that this process owns
        DeviceHost host(Device device, Path workers, Slab slab, Oversight oversight, RuntimeConfig config);

        /// Who decides what runs on them next.
        default Schedules schedules() {
            return Schedules.BY_DEADLINE;
        }
    }
}
