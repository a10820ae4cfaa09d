package dev.firstpass.server;

import dev.firstpass.postprocess.family.ModelFamilies;
import dev.firstpass.postprocess.format.LabelFormats;
import dev.firstpass.registry.store.RegistrySettings;
import dev.firstpass.registry.token.TokenSecret;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.config.ServerConfig;
import dev.firstpass.server.frontend.Backend;
import dev.firstpass.server.frontend.listen.Listeners;
import dev.firstpass.server.ledger.NoLedger;
import dev.firstpass.server.ledger.PredictionListing;
import dev.firstpass.server.observe.CacheMeters;
import dev.firstpass.server.observe.HostMeters;
import dev.firstpass.server.observe.LedgerMeters;
import dev.firstpass.server.observe.Metrics;
import dev.firstpass.server.observe.ModelMeters;
import dev.firstpass.server.observe.QueueMeters;
import dev.firstpass.server.observe.RequestTracing;
import dev.firstpass.server.observe.ResidencyMeters;
import dev.firstpass.server.observe.RolloutMeters;
import dev.firstpass.server.observe.SupervisionMeters;
import dev.firstpass.server.observe.TritonNames;
import dev.firstpass.server.runtime.batch.schedule.Schedules;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.engine.Closing;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.supervision.Oversight;
import dev.firstpass.server.tracing.OtlpTracing;
import dev.firstpass.server.upload.UploadStore;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running server: the runtime, and the listeners in front of it.
///
/// Thread-safe. Owns both; `close` drains the listeners first.
public final class FirstpassServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FirstpassServer.class);

    private final ServerRuntime runtime;
    private final Metrics metrics;
    private final Listeners listeners;
    private final TokenSecret owner;
    private final Optional<RequestTracing> tracing;
    private final AuditWatch audit;

    private FirstpassServer(
            ServerRuntime runtime,
            Metrics metrics,
            Listeners listeners,
            TokenSecret owner,
            Optional<RequestTracing> tracing,
            AuditWatch audit) {
        this.runtime = runtime;
        this.metrics = metrics;
        this.listeners = listeners;
        this.owner = owner;
        this.tracing = tracing;
        this.audit = audit;
    }

    /// Starts a server; it answers once this returns, and says that it is ready when the models that aliases name are
    /// loaded.
    ///
    /// @throws RuntimeException if it cannot start; nothing is left running
    public static FirstpassServer start(Path data, ServerConfig listening, RuntimeConfig running) {
        return start(data, RegistrySettings.LOCAL, listening, running);
    }

    /// The same with a registry that is kept elsewhere.
    public static FirstpassServer start(
            Path data, RegistrySettings settings, ServerConfig listening, RuntimeConfig running) {
        return start(data, settings, listening, running, Hosts::host);
    }

    /// The same with a registry in `data` and models on devices that the caller brings, in this process.
    public static FirstpassServer start(Path data, ServerConfig listening, RuntimeConfig running, DeviceHosts devices) {
        return start(data, listening, running, new Brought(devices));
    }

    /// The same with hosts of one's own, for tests.
    static FirstpassServer start(Path data, ServerConfig listening, RuntimeConfig running, Hosts.Maker maker) {
        return start(data, RegistrySettings.LOCAL, listening, running, maker);
    }

    private static FirstpassServer start(
            Path data, RegistrySettings settings, ServerConfig listening, RuntimeConfig running, Hosts.Maker maker) {
        Optional<RequestTracing> tracing =
                listening.observability().tracing().map(config -> OtlpTracing.of(config, Map.of()));
        Metrics metrics = new Metrics(tracing.isPresent());
        try {
            return start(
                    ServerRuntime.open(
                            data,
                            settings,
                            running,
                            new ResidencyMeters(metrics.registry()),
                            new SupervisionMeters(metrics.registry()),
                            new RolloutMeters(metrics.registry()),
                            maker),
                    data,
                    metrics,
                    listening,
                    tracing);
        } catch (RuntimeException | Error e) {
            metrics.close();
            tracing.ifPresent(RequestTracing::close);
            throw e;
        }
    }

    private static FirstpassServer start(
            ServerRuntime runtime,
            Path data,
            Metrics metrics,
            ServerConfig listening,
            Optional<RequestTracing> tracing) {
        try {
            RegistryBackend registry = new RegistryBackend(runtime, ModelFamilies.STANDARD);
            WorkerMeters workers = new WorkerMeters(runtime);
            workers.bindTo(metrics.registry());
            QueueMeters.bind(runtime.models()::queues, metrics);
            ModelMeters.bind(runtime.registry()::aliasesInUse, runtime.models()::residencies, metrics);
            swaps("made", ServerRuntime::swapsMade, runtime, metrics.registry());
            swaps("refused", ServerRuntime::swapsRefused, runtime, metrics.registry());
            HostMeters.bind(data, metrics.registry());
            if (listening.observability().tritonNames()) {
                TritonNames.bind(runtime.models()::queues, metrics);
            }
            UploadStore uploads = UploadStore.open(
                    runtime.registry().uploads(),
                    listening.limits().uploads(),
                    listening.limits().maxUploadBytes(),
                    InstantSource.system());
            CacheMeters.bind(runtime.caches(), metrics.registry());
            CacheMeters.bind(runtime.heldAssets(), metrics.registry());
            runtime.ledger().ifPresent(ledger -> LedgerMeters.bind(ledger, metrics.registry()));
            TokenSecret owner = TokenSecret.generate(new SecureRandom());
            Listeners listeners = new Listeners(
                    listening,
                    new Backend(
                            runtime.prelabeler(),
                            runtime.tensors(),
                            registry,
                            registry,
                            uploads,
                            new Startup(runtime::isSettled),
                            new RuntimeStatus(runtime, workers, metrics, System::nanoTime),
                            runtime.ledger()
                                    .<PredictionListing>map(ledger -> ledger)
                                    .orElseGet(NoLedger::new),
                            LabelFormats.STANDARD,
                            ModelFamilies.STANDARD,
                            metrics,
                            runtime.registry().tokens(),
                            owner),
                    tracing);
            listeners.start();
            runtime.models()
                    .budgets()
                    .forEach(
                            (device, bytes) -> LOG.info("models may hold {} MiB of memory on {}", bytes >> 20, device));
            return new FirstpassServer(
                    runtime,
                    metrics,
                    listeners,
                    owner,
                    tracing,
                    AuditWatch.start(runtime.registry()::audit, metrics.registry()));
        } catch (RuntimeException | Error e) {
            runtime.close();
            throw e;
        }
    }

    private static void swaps(
            String result, ToDoubleFunction<ServerRuntime> count, ServerRuntime runtime, MeterRegistry registry) {
        FunctionCounter.builder("firstpass.swap", runtime, count)
                .description("Moves of aliases that this server was asked for, by whether they came about")
                .tag("result", result)
                .register(registry);
    }

    /// Root of the data listener, with a slash at its end.
    public URI url() {
        return listeners.dataUri();
    }

    /// Root of the management listener, with a slash at its end.
    public URI managementUrl() {
        return listeners.managementUri();
    }

    /// Port of the management listener.
    public int managementPort() {
        return listeners.managementPort();
    }

    /// How many requests are under way.
    public int underWay() {
        return listeners.underWay();
    }

    /// How many requests `close` did not wait for any longer, since the drain limit was over.
    public int abandoned() {
        return listeners.abandoned();
    }

    /// A token that may do everything as long as this server runs, for whoever runs it.
    public TokenSecret owner() {
        return owner;
    }

    /// The meters of this server, for those of parts around it.
    public MeterRegistry meters() {
        return metrics.registry();
    }

    public ServerRuntime runtime() {
        return runtime;
    }

    @Override
    public void close() {
        Closing.all(Stream.concat(
                Stream.of(listeners::close, audit::close, metrics::close, runtime::close),
                tracing.stream().map(each -> each::close)));
    }

    /// Hosts that the caller brings.
    private record Brought(DeviceHosts devices) implements Hosts.Maker {
        @Override
        public DeviceHost host(Device device, Path workers, Slab slab, Oversight oversight, RuntimeConfig config) {
            return devices.host(device, slab);
        }

        @Override
        public Schedules schedules() {
            return devices.schedules();
        }
    }
}
