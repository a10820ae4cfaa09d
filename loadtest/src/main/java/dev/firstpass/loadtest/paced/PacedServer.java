package dev.firstpass.loadtest.paced;

import dev.firstpass.loadtest.drive.Door;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.config.ServerSettings;
import dev.firstpass.server.runtime.batch.QueueState;
import dev.firstpass.server.runtime.batch.schedule.Schedules;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// A whole server, in this process, with virtual GPUs. It remembers no answer and keeps no ledger, so that every request
/// walks.
///
/// Thread-safe. Who starts it closes it.
public final class PacedServer implements AutoCloseable {
    private static final Map<String, String> SETTINGS = Map.of(
            "port", "0",
            "admin-port", "0",
            "isolation", "in-process",
            "runtime.cache-bytes", "0B",
            "runtime.row-bytes", "128MiB",
            "runtime.result-bytes", "16MiB",
            "ledger.enabled", "false",
            "canary.guard", "false",
            "limits.max-streams", "10000");

    private final FirstpassServer server;
    private final PacedDevices devices;
    private final Path data;

    private PacedServer(FirstpassServer server, PacedDevices devices, Path data) {
        this.server = server;
        this.devices = devices;
        this.data = data;
    }

    /// Starts one on free ports of loopback, where `settings` name no other.
    ///
    /// @param data an empty folder
    /// @param devices how many virtual GPUs
    /// @param settings as docs/settings.md has them
    public static PacedServer start(Path data, int devices, Map<String, String> settings) {
        return start(data, devices, settings, Schedules.BY_DEADLINE);
    }

    /// The same with schedules of one's own.
    public static PacedServer start(Path data, int devices, Map<String, String> settings, Schedules schedules) {
        Map<String, String> all = new HashMap<>(SETTINGS);
        all.put("devices", PacedDevices.names(devices));
        all.putAll(settings);
        ServerSettings read = ServerSettings.read(
                Optional.empty(), Map.of(), all, Runtime.getRuntime().availableProcessors());
        PacedDevices paced = new PacedDevices(Pacer.REAL, schedules);
        return new PacedServer(FirstpassServer.start(data, read.listening(), read.runtime(), paced), paced, data);
    }

    /// Registers one more version of a model, and returns when what its name stands for is loaded.
    public ModelVersion register(String name, Pace pace) throws IOException, InterruptedException {
        Path bundle = PacedModel.write(Files.createTempDirectory(data, "paced-"), pace);
        var registration =
                server.runtime().register(new ModelName(name), bundle, Optional.empty(), ProgressListener.NONE);
        if (!registration.failure().isEmpty()) {
            throw new IllegalStateException(name + ": " + registration.failure());
        }
        server.runtime().awaitSettled();
        return registration.version();
    }

    /// Root of the data listener, with a slash at its end.
    public URI url() {
        return server.url();
    }

    /// What the devices have done so far, and how deadlines were kept.
    public Tally tally() {
        return devices.tally()
                .kept(server.runtime().models().queues().values().stream().reduce(QueueState.EMPTY, QueueState::plus));
    }

    /// A way in for somebody of a tenant, past the listeners.
    public Door door(String tenant) {
        return new TenantDoor(server.runtime().prelabeler(), tenant);
    }

    @Override
    public void close() {
        server.close();
    }
}
