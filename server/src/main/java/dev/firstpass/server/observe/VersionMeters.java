package dev.firstpass.server.observe;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Prelabels;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

/// The meters of one version's requests, or of those that are for none: found without building their names anew for each
/// request.
///
/// Thread-safe.
final class VersionMeters {
    /// How many ways of requests to end are counted under their own door, code and reason; what goes beyond is counted together, by its
    /// result. There are more doors and reasons than all models could have series. Those that are refused are counted apart, so that no
    /// caller's mistakes hide what the server does wrong.
    ///
    /// @param refused ways that are the callers' doing
    /// @param others ways that are neither that nor an answer
    record Ways(int refused, int others) {
        static final Ways OF_VERSION = new Ways(8, 12);

        /// Where no model is known: more, since it is a single one.
        static final Ways OF_NONE = new Ways(40, 30);
    }

    static final String OTHER_DOOR = "other";
    static final String OTHER_REASON = "OTHER";

    /// Bounds of the histogram of a request's time: from a cached answer to a big image on a busy CPU.
    private static final Duration[] TIMES = {
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

    /// Of its stages', of which each version has six: fewer, as they are the most of all series.
    private static final Duration[] STAGE_TIMES = {
        Duration.ofMillis(1),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofMillis(2500),
        Duration.ofSeconds(10)
    };

    /// Bounds of the histogram of scores, of which Micrometer would count all below 1 as 1.
    private static final List<Double> SCORES =
            List.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, Double.POSITIVE_INFINITY);

    private final MeterRegistry registry;
    private final Tags tags;
    private final Map<RequestKey, Counter> requests = new ConcurrentHashMap<>();
    private final Ways most;
    /// Of requests that were answered, through whichever door. How long the others took is no figure to act on: those that are late took
    /// what their callers allowed, and those that are turned away nothing.
    private final Map<RequestResult, Timer> durations = new ConcurrentHashMap<>();
    private final Map<String, Timer> stages = new ConcurrentHashMap<>();
    private final Map<GeometryKind, Counter> labels = new ConcurrentHashMap<>();
    private final AtomicLongArray scores = new AtomicLongArray(SCORES.size());
    private final DoubleAdder scoreSum = new DoubleAdder();
    private final Map<String, Counter> empty = new ConcurrentHashMap<>();

    /// All that are made, also those that are made while others are removed.
    private final Queue<Meter> all = new ConcurrentLinkedQueue<>();

    /// The scrape before which it was last used.
    private volatile long used;

    /// @param most ways that are told apart
    VersionMeters(MeterRegistry registry, Metrics.ModelLabel version, Ways most) {
        this.registry = registry;
        this.most = most;
        this.tags = Tags.of("model", version.name(), "version", version.version());
    }

    /// @param scrape how many there have been
    VersionMeters use(long scrape) {
        if (used != scrape) {
            used = scrape;
        }
        return this;
    }

    long used() {
        return used;
    }

    void request(String api, String code, String reason, long nanos) {
        RequestKey key = new RequestKey(api, code, reason, RequestResult.of(reason, code));
        counter(key).increment();
        if (key.result == RequestResult.OK) {
            durations
                    .computeIfAbsent(
                            key.result,
                            result -> kept(Timer.builder("firstpass.request.duration")
                                    .description("From the arrival of an answered request to the end of its answer")
                                    .tags(tags)
                                    .tags("result", result.id())
                                    .serviceLevelObjectives(TIMES)
                                    .register(registry)))
                    .record(nanos, TimeUnit.NANOSECONDS);
        }
    }

    /// Takes no lock where such a request has ended before. Ways are never forgotten one by one, so where there were too many there are.
    private Counter counter(RequestKey key) {
        Counter known = requests.get(key);
        Counter counted = known != null ? known : requests.get(key.together());
        return counted != null ? counted : begun(key);
    }

    private synchronized Counter begun(RequestKey key) {
        return requests.computeIfAbsent(
                isOneTooMany(key) ? key.together() : key,
                way -> kept(Counter.builder("firstpass.requests")
                        .description("Requests that have ended")
                        .tags(tags)
                        .tags("api", way.api, "code", way.code, "reason", way.reason, "result", way.result.id())
                        .register(registry)));
    }

    private boolean isOneTooMany(RequestKey key) {
        boolean isRefused = key.result == RequestResult.REFUSED;
        long alike = requests.keySet().stream()
                .filter(known -> known.result != RequestResult.OK
                        && !known.equals(known.together())
                        && (known.result == RequestResult.REFUSED) == isRefused)
                .count();
        return key.result != RequestResult.OK && alike >= (isRefused ? most.refused : most.others);
    }

    void stage(String stage, long nanos) {
        stages.computeIfAbsent(
                        stage,
                        name -> kept(Timer.builder("firstpass.stage.duration")
                                .description("Time of one stage of an answered request")
                                .tags(tags)
                                .tags("stage", name)
                                .serviceLevelObjectives(STAGE_TIMES)
                                .register(registry)))
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    void found(Prelabels prelabels) {
        if (prelabels.annotations().isEmpty()) {
            empty.computeIfAbsent(
                            "",
                            _ -> kept(Counter.builder("firstpass.empty.results")
                                    .description("Answers without a label")
                                    .tags(tags)
                                    .register(registry)))
                    .increment();
        }
        for (Annotation annotation : prelabels.annotations()) {
            labels.computeIfAbsent(
                            annotation.kind(),
                            kind -> kept(Counter.builder("firstpass.labels")
                                    .description("Labels in answers, by their geometry")
                                    .tags(tags)
                                    .tags("type", kind.id())
                                    .register(registry)))
                    .increment();
            score(annotation.candidate().score());
        }
    }

    private void score(double score) {
        int bucket = 0;
        while (bucket < SCORES.size() - 1 && score > SCORES.get(bucket)) {
            bucket++;
        }
        scores.incrementAndGet(bucket);
        scoreSum.add(score);
    }

    /// Scores of the labels in answers; empty where there was none yet.
    Optional<HistogramDataPointSnapshot> scores(Labels labels) {
        List<Long> counts =
                IntStream.range(0, scores.length()).mapToObj(scores::get).toList();
        return counts.stream().allMatch(count -> count == 0)
                ? Optional.empty()
                : Optional.of(HistogramDataPointSnapshot.builder()
                        .labels(labels)
                        .classicHistogramBuckets(ClassicHistogramBuckets.of(SCORES, counts))
                        .sum(scoreSum.sum())
                        .build());
    }

    /// How many requests ended for each reason.
    void eachReason(BiConsumer<String, Long> taker) {
        requests.forEach((key, count) -> taker.accept(key.reason, (long) count.count()));
    }

    /// How many requests ended so.
    void eachCount(BiConsumer<RequestResult, Double> taker) {
        requests.forEach((key, count) -> taker.accept(key.result, count.count()));
    }

    /// What the requests that were answered, or their stages, took in all, in nanoseconds.
    void eachTime(BiConsumer<String, Double> taker) {
        durations.forEach((_, timer) -> taker.accept("request", timer.totalTime(TimeUnit.NANOSECONDS)));
        stages.forEach((stage, timer) -> taker.accept(stage, timer.totalTime(TimeUnit.NANOSECONDS)));
    }

    private <M extends Meter> M kept(M meter) {
        all.add(meter);
        return meter;
    }

    /// Takes them from the registry. What is still counted with them is not told.
    void remove() {
        all.forEach(registry::remove);
    }

    /// One way in which requests end.
    private record RequestKey(String api, String code, String reason, RequestResult result) {
        /// That of all that end with the same result.
        RequestKey together() {
            return new RequestKey(OTHER_DOOR, "", OTHER_REASON, result);
        }
    }
}
