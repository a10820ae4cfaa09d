package dev.firstpass.server.observe;

import dev.firstpass.server.asset.HeldAssets;
import dev.firstpass.server.pipeline.CacheFigures;
import dev.firstpass.server.pipeline.CacheOutcome;
import dev.firstpass.server.pipeline.Caches;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/// How the caches do.
public final class CacheMeters {
    private CacheMeters() {}

    /// Adds their meters, which read the caches when they are scraped.
    public static void bind(Caches caches, MeterRegistry registry) {
        for (CacheOutcome outcome : CacheOutcome.values()) {
            FunctionCounter.builder("firstpass.cache.answers", caches, each -> each.answers(outcome))
                    .description("Answers by where their findings came from")
                    .tags("outcome", outcome.id())
                    .register(registry);
        }
        bind("results", caches.results()::figures, registry);
        bind("refusals", caches.refusals()::figures, registry);
        bind("embeddings", caches.embeddings()::figures, registry);
    }

    /// Adds those of the assets that are held for prompts.
    public static void bind(HeldAssets held, MeterRegistry registry) {
        bind(
                "assets",
                () -> {
                    HeldAssets.Figures figures = held.figures();
                    return new CacheFigures(
                            figures.hits(), figures.misses(), figures.evictions(), figures.assets(), figures.bytes());
                },
                registry);
    }

    private static void bind(String cache, Supplier<CacheFigures> figures, MeterRegistry registry) {
        count("hits", "Look-ups that found something", cache, figures, CacheFigures::hits, registry);
        count("misses", "Look-ups that found nothing", cache, figures, CacheFigures::misses, registry);
        count(
                "evictions",
                "Entries that made room for others, or were too old",
                cache,
                figures,
                CacheFigures::evictions,
                registry);
        gauge("entries", "Entries in a cache", cache, figures, CacheFigures::entries, registry);
        gauge("bytes", "What the entries of a cache hold, estimated", cache, figures, CacheFigures::bytes, registry);
    }

    private static void count(
            String name,
            String description,
            String cache,
            Supplier<CacheFigures> figures,
            ToDoubleFunction<CacheFigures> of,
            MeterRegistry registry) {
        FunctionCounter.builder("firstpass.cache." + name, figures, each -> of.applyAsDouble(each.get()))
                .description(description)
                .tags("cache", cache)
                .register(registry);
    }

    private static void gauge(
            String name,
            String description,
            String cache,
            Supplier<CacheFigures> figures,
            ToDoubleFunction<CacheFigures> of,
            MeterRegistry registry) {
        Gauge.builder("firstpass.cache." + name, () -> of.applyAsDouble(figures.get()))
                .description(description)
                .tags("cache", cache)
                .register(registry);
    }
}
