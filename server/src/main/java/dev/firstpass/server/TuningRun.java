package dev.firstpass.server;

import dev.firstpass.postprocess.family.ModelFamilies;
import dev.firstpass.registry.FileTree;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.config.DeviceChoice;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.runtime.batch.LimitedSession;
import dev.firstpass.server.runtime.batch.Supervision;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engines.Engines;
import dev.firstpass.server.runtime.supervision.Oversight;
import dev.firstpass.server.runtime.supervision.Quarantine;
import dev.firstpass.server.runtime.supervision.SupervisionListener;
import dev.firstpass.server.runtime.supervision.WatchdogThread;
import dev.firstpass.server.tuning.Tuner;
import dev.firstpass.server.tuning.TuningBench;
import dev.firstpass.server.tuning.TuningListener;
import dev.firstpass.server.tuning.TuningPlan;
import dev.firstpass.server.tuning.TuningReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// Finds what suits a version on this machine, in workers of its own, beside whatever else runs here.
///
/// Pure functions, but for the workers and their folder.
public final class TuningRun {
    private static final Duration WATCH_PERIOD = Duration.ofMillis(250);
    private static final int CPU_ROWS = 8;
    private static final int GPU_ROWS = 64;

    private TuningRun() {}

    /// @param folder in which the workers get their folders; they are gone when this returns
    /// @param config where models run; its threads and sessions mean nothing here
    /// @param time for the measurements
    /// @throws RuntimeException if the version cannot be run
    public static TuningReport of(
            ModelVersion version, Path folder, RuntimeConfig config, Duration time, TuningListener listener)
            throws InterruptedException {
        int cores = Runtime.getRuntime().availableProcessors();
        Device device = device(config);
        boolean isCpu = device.equals(Device.cpu());
        TuningPlan plan = new TuningPlan(cores, isCpu, isCpu ? CPU_ROWS : GPU_ROWS, time);
        double load = load();
        Path workers = temporary(folder);
        try (WatchdogThread watchdog = new WatchdogThread(WATCH_PERIOD)) {
            Oversight oversight = new Oversight(watchdog, SupervisionListener.NONE, System::nanoTime);
            Supervision supervision = new Supervision(
                    new Quarantine(System::nanoTime, SupervisionListener.NONE),
                    watchdog,
                    config.supervision().runLimit());
            Tuner tuner = new Tuner(
                    version,
                    plan,
                    new FamilySamples(ModelFamilies.STANDARD),
                    threads -> bench(device, workers, oversight, config.with(1, threads)),
                    session -> new LimitedSession(session, supervision, System::nanoTime),
                    System::nanoTime);
            return new TuningReport(version.ref().toString(), device.id(), cores, load, tuner.tune(listener));
        } finally {
            delete(workers);
        }
    }

    private static Device device(RuntimeConfig config) {
        return switch (config.devices()) {
            case DeviceChoice.Auto auto -> Engines.usualDevice(auto.memory());
            case DeviceChoice.Fixed fixed -> fixed.devices().getFirst();
        };
    }

    private static TuningBench bench(Device device, Path workers, Oversight oversight, RuntimeConfig config) {
        Slab slab = new Slab(config.rowBytes(), config.resultBytes());
        try {
            DeviceHost host = Hosts.host(device, workers, slab, oversight, config);
            return new TuningBench(host, slab, engine -> ProcessorTime.nanos(host, engine));
        } catch (RuntimeException | Error e) {
            slab.close();
            throw e;
        }
    }

    private static double load() {
        try {
            return Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path temporary(Path folder) {
        try {
            return Files.createTempDirectory(folder, "tune-");
        } catch (IOException e) {
            throw new UncheckedIOException("no folder for workers in " + folder.getFileName(), e);
        }
    }

    private static void delete(Path folder) {
        try {
            FileTree.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("a folder of workers cannot be deleted", e);
        }
    }
}
