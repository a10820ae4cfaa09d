package dev.firstpass.server.observe;

import dev.firstpass.server.pipeline.PrelabelAnswer;
import dev.firstpass.server.pipeline.StageTimes;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/// The meters of one server, scraped in Prometheus' text format.
///
/// Labels are bounded: models and versions that exist, no more than [#MOST_VERSIONS] of them, so many ways for each in which requests
/// end, and stages; never an asset, a caller's text, an address or an id.
///
/// Thread-safe. Closing it ends the meters that listen to the JVM.
public final class Metrics implements AutoCloseable {
    /// Media type of [#scrape()].
    public static final String TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8";

    /// The other format that there is.
    public static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// Versions whose requests are told apart: more than one server has in use.
    static final int MOST_VERSIONS = 100;

    private final PrometheusMeterRegistry registry;
    private final Examples examples = new Examples();
    private final JvmGcMetrics gc = new JvmGcMetrics();
    private final List<Runnable> looks = new CopyOnWriteArrayList<>();

    private final Map<ModelLabel, VersionMeters> versions = new ConcurrentHashMap<>();
    private final AtomicLong scrapes = new AtomicLong();

    public Metrics() {
        this(false);
    }

    /// @param hasTraces whether requests may have traces, which histograms then name
    public Metrics(boolean hasTraces) {
        this.registry = hasTraces
                ? new PrometheusMeterRegistry(
                        PrometheusConfig.DEFAULT, new PrometheusRegistry(), Clock.SYSTEM, examples)
                : new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        gc.bindTo(registry);
        registry.getPrometheusRegistry().register(this::scores);
    }

    private MetricSnapshot scores() {
        HistogramSnapshot.Builder scores =
                HistogramSnapshot.builder().name("firstpass_label_score").help("Scores of the labels in answers");
        versions.forEach(
                (version, meters) -> meters.scores(Labels.of("model", version.name(), "version", version.version()))
                        .ifPresent(scores::dataPoint));
        return scores.build();
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
        of(model).request(api, code, reason, nanos);
    }

    /// The same where the request may have a trace, which the histogram then names as an example of those that took so long.
    public void request(
            String api, ModelLabel model, String code, String reason, long nanos, Optional<RequestTrace> trace) {
        naming(trace, () -> request(api, model, code, reason, nanos));
    }

    /// Where there is no trace, this costs a look.
    private void naming(Optional<RequestTrace> trace, Runnable counting) {
        if (trace.isEmpty()) {
            counting.run();
        } else {
            examples.during(trace.get(), counting);
        }
    }

    private VersionMeters of(ModelLabel model) {
        VersionMeters known = versions.get(model);
        return (known != null ? known : begun(model)).use(scrapes.get());
    }

    /// Makes room by those of the version whose last request is longest ago: one that is asked for no more.
    private synchronized VersionMeters begun(ModelLabel model) {
        if (versions.size() >= MOST_VERSIONS && !versions.containsKey(model)) {
            versions.entrySet().stream()
                    .filter(entry -> !entry.getKey().equals(ModelLabel.NONE))
                    .min(Comparator.comparingLong(entry -> entry.getValue().used()))
                    .ifPresent(oldest -> {
                        versions.remove(oldest.getKey());
                        oldest.getValue().remove();
                    });
        }
        return versions.computeIfAbsent(
                model,
                label -> new VersionMeters(
                        registry,
                        label,
                        label.equals(ModelLabel.NONE) ? VersionMeters.Ways.OF_NONE : VersionMeters.Ways.OF_VERSION));
    }

    /// Records where an answered request's time went, and what was found.
    ///
    /// @param trace which the histograms of the stages then name as an example
    public void answered(ModelLabel model, PrelabelAnswer answer, Optional<RequestTrace> trace) {
        VersionMeters meters = of(model);
        naming(trace, () -> {
            for (StageTimes.Span span : answer.times().spans()) {
                meters.stage(span.name(), span.nanos());
            }
        });
        meters.found(answer.prelabels());
    }

    /// Records where the time went of a request that only waited and ran.
    ///
    /// @param trace which the histograms of the stages then name as an example
    public void stages(ModelLabel model, long queueNanos, long inferNanos, Optional<RequestTrace> trace) {
        VersionMeters meters = of(model);
        naming(trace, () -> {
            meters.stage("queue", queueNanos);
            meters.stage("infer", inferNanos);
        });
    }

    /// Reason, or `OK` -> requests that ended so since the server started, without those of versions that made room.
    public SortedMap<String, Long> outcomes() {
        SortedMap<String, Long> outcomes = new TreeMap<>();
        versions.values()
                .forEach(meters -> meters.eachReason((reason, count) -> outcomes.merge(reason, count, Long::sum)));
        return outcomes;
    }

    /// Has `look` done before the meters are read, each time.
    void beforeEachScrape(Runnable look) {
        looks.add(look);
    }

    /// Adds a metric whose figures are kept elsewhere and read at each scrape.
    void add(Collector metric) {
        registry.getPrometheusRegistry().register(metric);
    }

    /// Adds several.
    void add(MultiCollector metrics) {
        registry.getPrometheusRegistry().register(metrics);
    }

    /// The versions that have had requests, and [ModelLabel#NONE].
    Map<ModelLabel, VersionMeters> versions() {
        return versions;
    }

    /// All meters in the format of [#TEXT_FORMAT].
    public String scrape() {
        return scrape(TEXT_FORMAT);
    }

    /// All meters.
    ///
    /// @param format [#TEXT_FORMAT], or [#OPEN_METRICS], which alone has the names of traces
    public String scrape(String format) {
        scrapes.incrementAndGet();
        looks.forEach(Runnable::run);
        return registry.scrape(format);
    }

    @Override
    public void close() {
        gc.close();
        registry.close();
    }

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
