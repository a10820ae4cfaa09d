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

    /// The meters that each request needs, since finding one in the registry takes as long as a look into the cache.
    private final Map<RequestKind, RequestMeters> requests = new ConcurrentHashMap<>();

    /// In the order of a request's spans.
    private final Map<ModelLabel, List<Timer>> stages = new ConcurrentHashMap<>();

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
        RequestMeters meters = requests.computeIfAbsent(new RequestKind(api, model, code, reason), this::meters);
        meters.count.increment();
        meters.duration.record(nanos, TimeUnit.NANOSECONDS);
    }

    private RequestMeters meters(RequestKind kind) {
        Tags tags = Tags.of(
                "api",
                kind.api,
                "model",
                kind.model.name(),
                "version",
                kind.model.version(),
                "code",
                kind.code,
                "reason",
                kind.reason);
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
        List<StageTimes.Span> spans = times.spans();
        List<Timer> timers = stages.computeIfAbsent(
                model, label -> spans.stream().map(span -> timer(label, span)).toList());
        for (int i = 0; i < spans.size(); i++) {
            timers.get(i).record(spans.get(i).nanos(), TimeUnit.NANOSECONDS);
        }
    }

    private Timer timer(ModelLabel model, StageTimes.Span span) {
        return Timer.builder("firstpass.stage.duration")
                .description("Time of one stage of an answered request")
                .tags("stage", span.name(), "model", model.name(), "version", model.version())
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    /// All meters in the format of [#TEXT_FORMAT].
    public String scrape() {
        return registry.scrape(TEXT_FORMAT);
    }

    @Override
    public void close() {
        gc.close();
        registry.close();
    }

    private record RequestKind(String api, ModelLabel model, String code, String reason) {}

    private record RequestMeters(Counter count, Timer duration) {}

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
