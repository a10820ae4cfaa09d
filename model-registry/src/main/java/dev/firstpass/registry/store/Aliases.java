package dev.firstpass.registry.store;

import dev.firstpass.registry.AliasChange;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.RegistryEvent;
import dev.firstpass.registry.RegistryException.PreconditionFailed;
import dev.firstpass.registry.Rollout;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/// Moves aliases, and splits what they name.
///
/// Thread-safe; each change is one transaction, then published, then told.
final class Aliases {
    private final MetadataStore metadata;
    private final Catalog catalog;
    private final Listeners listeners;
    private final InstantSource clock;

    Aliases(MetadataStore metadata, Catalog catalog, Listeners listeners, InstantSource clock) {
        this.metadata = metadata;
        this.catalog = catalog;
        this.listeners = listeners;
        this.clock = clock;
    }

    /// As [ModelRegistry#moveAlias].
    void move(AliasChange move) {
        ModelName name = move.name();
        catalog.model(name);
        try {
            metadata.moveAlias(move, clock.instant());
        } catch (PreconditionFailed e) {
            metadata.refused(move, e.getMessage(), clock.instant());
            throw e;
        }
        catalog.publish(name);
        listeners.tell(new RegistryEvent.AliasMoved(name, move.alias(), move.to()));
    }

    /// As [ModelRegistry#before].
    ModelVersion before(ModelName name, String alias, Predicate<ModelRef.Numbered> suits) {
        ModelVersion present = catalog.resolve(new ModelRef.Aliased(name, alias));
        return metadata.before(name, alias, number -> suits.test(new ModelRef.Numbered(name, number)))
                .map(number -> catalog.resolve(new ModelRef.Numbered(name, number)))
                .orElseThrow(() -> new PreconditionFailed(name + "@" + alias + ": nothing to go back to from version "
                        + present.number() + " (expected: an earlier version of it that is AVAILABLE)"));
    }

    /// As [ModelRegistry#rollBack].
    Map<String, Long> rollBack(ModelName name, long failed, Duration guard, Predicate<ModelRef.Numbered> suits) {
        Instant now = clock.instant();
        Map<String, Long> rolledBack = new TreeMap<>();
        catalog.model(name).aliases().forEach((alias, number) -> {
            if (number == failed) {
                metadata.rollBack(
                                name,
                                alias,
                                failed,
                                now.minus(guard),
                                candidate -> suits.test(new ModelRef.Numbered(name, candidate)),
                                now)
                        .ifPresent(to -> rolledBack.put(alias, to));
            }
        });
        catalog.publish(name);
        rolledBack.forEach((alias, to) -> listeners.tell(new RegistryEvent.AliasMoved(name, alias, to)));
        return Map.copyOf(rolledBack);
    }

    /// As [ModelRegistry#rollOut].
    void rollOut(ModelName name, String alias, Rollout rollout) {
        catalog.model(name);
        try {
            metadata.rollOut(name, alias, rollout, clock.instant());
        } catch (PreconditionFailed e) {
            metadata.rolloutRefused(name, alias, rollout, e.getMessage(), clock.instant());
            throw e;
        }
        catalog.publish(name);
        listeners.tell(new RegistryEvent.RolloutChanged(name, alias));
    }

    /// As [ModelRegistry#stopCanary].
    boolean stopCanary(ModelRef.Aliased ref, long canary, String why) {
        boolean stopped = metadata.stopCanary(ref.name(), ref.alias(), canary, why, clock.instant());
        if (stopped) {
            catalog.publish(ref.name());
            listeners.tell(new RegistryEvent.RolloutChanged(ref.name(), ref.alias()));
        }
        return stopped;
    }

    /// As [ModelRegistry#endRollout].
    void endRollout(ModelName name, String alias) {
        catalog.resolve(new ModelRef.Aliased(name, alias));
        if (metadata.endRollout(name, alias, clock.instant())) {
            catalog.publish(name);
            listeners.tell(new RegistryEvent.RolloutChanged(name, alias));
        }
    }
}
