package dev.firstpass.server.observe;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Replica.Residency;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/// Which versions aliases name, and how those stand on this server, when it is asked for.
///
/// Thread-safe.
public final class ModelMeters {
    private final Supplier<Map<ModelRef.Aliased, ModelVersion>> aliases;
    private final Supplier<Map<ModelRef.Numbered, Residency>> residencies;
    private final MultiGauge named;
    private final MultiGauge states;

    private ModelMeters(
            Supplier<Map<ModelRef.Aliased, ModelVersion>> aliases,
            Supplier<Map<ModelRef.Numbered, Residency>> residencies,
            Metrics metrics) {
        this.aliases = aliases;
        this.residencies = residencies;
        this.named = MultiGauge.builder("firstpass.alias.info")
                .description("1 for the version that an alias names")
                .register(metrics.registry());
        this.states = MultiGauge.builder("firstpass.model.state")
                .description(
                        "1 for the state of a version that an alias names, or that is loaded: cold, loading, serving, failed, or corrupt")
                .register(metrics.registry());
    }

    /// Adds the meters.
    public static void bind(
            Supplier<Map<ModelRef.Aliased, ModelVersion>> aliases,
            Supplier<Map<ModelRef.Numbered, Residency>> residencies,
            Metrics metrics) {
        metrics.beforeEachScrape(new ModelMeters(aliases, residencies, metrics)::look);
    }

    private void look() {
        Map<ModelRef.Aliased, ModelVersion> inUse = aliases.get();
        named.register(
                inUse.entrySet().stream()
                        .map(entry -> row(tags(entry.getValue().ref())
                                .and("alias", entry.getKey().alias())))
                        .toList(),
                true);
        states.register(
                states(inUse).entrySet().stream()
                        .map(entry -> row(tags(entry.getKey()).and("state", entry.getValue())))
                        .toList(),
                true);
    }

    private Map<ModelRef.Numbered, String> states(Map<ModelRef.Aliased, ModelVersion> inUse) {
        Map<ModelRef.Numbered, String> states = new HashMap<>();
        residencies.get().forEach((version, residency) -> states.put(version, id(residency)));
        inUse.values().forEach(version -> {
            if (version.state() == ModelVersion.State.CORRUPT) {
                states.put(version.ref(), id(version.state()));
            } else {
                states.putIfAbsent(version.ref(), id(Residency.COLD));
            }
        });
        return states;
    }

    private static String id(Enum<?> state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    private static MultiGauge.Row<?> row(Tags tags) {
        return MultiGauge.Row.of(tags, 1);
    }

    private static Tags tags(ModelRef.Numbered version) {
        return Tags.of("model", version.name().qualified(), "version", Long.toString(version.number()));
    }
}
