package dev.firstpass.server.observe;

import dev.firstpass.server.pipeline.StageTimes;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/// The meters of one server, scraped in Prometheus' text format.
///
/// Labels are bounded: models and versions that exist, reasons, status codes and stages; never an asset, a
/// caller's text, an address or an id.
///
/// Thread-safe. Closing it ends the meters that listen to the JVM.
public final class Metrics implements AutoCloseable {
    /// Media type of [#scrape()].
    public static final String TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8";

    /// Bounds of the histograms' buckets: from a cached answer to a big image on a busy CPU.
    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofNanos(2_500_000),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30)
    };

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics gc = new JvmGcMetrics();
    private final List<Runnable> looks = new CopyOnWriteArrayList<>();

    /// What the registry would find by building the same names anew for each request.
    private final Map<RequestKey, RequestMeters> requests = new ConcurrentHashMap<>();

    private final Map<StageKey, Timer> stages = new ConcurrentHashMap<>();

    public Metrics() {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        gc.bindTo(registry);
    }

    /// For the meters of other parts: gauges of queues, caches and models.
    public MeterRegistry registry() {
        return registry;
    }

    /// Counts one request that has ended.
    ///
    /// @param api the door, for instance `http`
    /// @param code HTTP status or name of the gRPC code
    /// @param reason name of a reason, or `OK`
    public void request(String api, ModelLabel model, String code, String reason, long nanos) {
        RequestMeters meters = requests.computeIfAbsent(new RequestKey(api, model, code, reason), this::meters);
        meters.count.increment();
        meters.duration.record(nanos, TimeUnit.NANOSECONDS);
    }

    private RequestMeters meters(RequestKey key) {
        Tags tags = Tags.of(
                "api",
                key.api,
                "model",
                key.model.name(),
                "version",
                key.model.version(),
                "code",
                key.code,
                "reason",
                key.reason);
        return new RequestMeters(
                Counter.builder("firstpass.requests")
                        .description("Requests that have ended")
                        .tags(tags)
                        .register(registry),
                Timer.builder("firstpass.request.duration")
                        .description("From the arrival of a request to the end of its answer")
                        .tags(tags)
                        .serviceLevelObjectives(BUCKETS)
                        .register(registry));
    }

    /// Records where an answered request's time went.
    public void stages(ModelLabel model, StageTimes times) {
        for (StageTimes.Span span : times.spans()) {
            stage(model, span.name(), span.nanos());
        }
    }

    /// Has `look` done before the meters are read, each time.
    void beforeEachScrape(Runnable look) {
        looks.add(look);
    }

    private void stage(ModelLabel model, String stage, long nanos) {
        stages.computeIfAbsent(
                        new StageKey(model, stage),
                        key -> Timer.builder("firstpass.stage.duration")
                                .description("Time of one stage of an answered request")
                                .tags("stage", key.stage, "model", key.model.name(), "version", key.model.version())
                                .serviceLevelObjectives(BUCKETS)
                                .register(registry))
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    /// The same for a request that only waited and ran.
    public void stages(ModelLabel model, long queueNanos, long inferNanos) {
        stage(model, "queue", queueNanos);
        stage(model, "infer", inferNanos);
    }

    /// All meters in the format of [#TEXT_FORMAT].
    public String scrape() {
        looks.forEach(Runnable::run);
        return registry.scrape(TEXT_FORMAT);
    }

    @Override
    public void close() {
        gc.close();
        registry.close();
    }

    private record RequestKey(String api, ModelLabel model, String code, String reason) {}

    private record RequestMeters(Counter count, Timer duration) {}

    private record StageKey(ModelLabel model, String stage) {}

    /// Which model version a request was for; [#NONE] where it was for none, or for one that does not exist.
    ///
    /// Immutable.
    public record ModelLabel(String name, String version) {
        public static final ModelLabel NONE = new ModelLabel("", "");

        public static ModelLabel of(String name, long version) {
            return new ModelLabel(name, Long.toString(version));
        }
    }
}
