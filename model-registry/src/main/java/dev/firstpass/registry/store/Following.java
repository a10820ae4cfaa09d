package dev.firstpass.registry.store;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Preparer;
import dev.firstpass.registry.RegistryEvent;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Replica;
import dev.firstpass.registry.Replica.Residency;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.store.ChangeFeed.Changes;
import dev.firstpass.registry.store.ChangeFeed.Wish;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// This server among those that share a registry: follows what they change, does what they wish, and asks the same of them.
///
/// Thread-safe. Owns what follows.
final class Following implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Following.class);

    private final Replicas replicas;
    private final Catalog catalog;
    private final StoredTokens tokens;
    private final Listeners listeners;

    private volatile Optional<Follower> follower = Optional.empty();

    Following(Replicas replicas, Catalog catalog, StoredTokens tokens, Listeners listeners) {
        this.replicas = replicas;
        this.catalog = catalog;
        this.tokens = tokens;
        this.listeners = listeners;
    }

    /// As [ModelRegistry#follow].
    void begin(Preparer preparer, Supplier<Map<ModelRef.Numbered, Residency>> residency) {
        replicas.feed().ifPresent(feed -> {
            Follower begun = new Follower(
                    feed,
                    catalog.changed(),
                    this::takeOver,
                    wish -> replicas.answer(wish.id(), answer(wish, preparer)),
                    residency);
            follower = Optional.of(begun);
            begun.awaitBegun();
        });
    }

    private String answer(Wish wish, Preparer preparer) {
        try {
            return preparer.prepare(catalog.resolve(wish.version())).orElse("");
        } catch (RuntimeException e) {
            LOG.warn("{} cannot be got ready for another server", wish.version().qualified(), e);
            return e instanceof RegistryException known ? known.getMessage() : "it cannot be got ready";
        }
    }

    private void takeOver(Changes changes) {
        if (changes.contents().keySet().isEmpty()) {
            return;
        }
        tokens.reload();
        catalog.publish(changes.contents());
        changes.lines().stream()
                .filter(AuditLine::isDone)
                .forEach(line -> event(line).ifPresent(listeners::tell));
    }

    /// What listeners hear of a line of the audit. What is not known any more, by a later line, is not told.
    private Optional<RegistryEvent> event(AuditLine line) {
        ModelName name = new ModelName(new Tenant(line.tenant()), line.name());
        return switch (line.action()) {
            case AuditLine.REGISTER -> version(name, line.subject()).map(RegistryEvent.Registered::new);
            case AuditLine.STATE -> version(name, line.subject()).map(RegistryEvent.StateChanged::new);
            case AuditLine.ALIAS, AuditLine.ROLLBACK ->
                Optional.of(new RegistryEvent.AliasMoved(name, line.subject(), Long.parseLong(line.to())));
            case AuditLine.PRUNE ->
                Optional.of(new RegistryEvent.Removed(new ModelRef.Numbered(name, Long.parseLong(line.subject()))));
            case AuditLine.ROLLOUT -> Optional.of(new RegistryEvent.RolloutChanged(name, line.subject()));
            default -> Optional.empty();
        };
    }

    private Optional<ModelVersion> version(ModelName name, String number) {
        return catalog.version(name, Long.parseLong(number));
    }

    /// As [ModelRegistry#prepareElsewhere].
    Map<String, String> prepare(ModelRef.Numbered version) throws InterruptedException {
        Replicas.Prepared prepared = replicas.prepare(version);
        if (!prepared.silent().isEmpty()) {
            LOG.warn("{}: not known to be ready on {}", version.qualified(), String.join(", ", prepared.silent()));
        }
        return prepared.problems();
    }

    /// As [ModelRegistry#behind].
    List<String> behind() throws InterruptedException {
        return replicas.behind(catalog.changed());
    }

    /// As [ModelRegistry#replicaName].
    String name() {
        return replicas.name();
    }

    /// As [ModelRegistry#otherReplicas].
    List<Replica> others() {
        return follower.map(Follower::others).orElse(List.of());
    }

    /// As [ModelRegistry#leave].
    @Override
    public void close() {
        follower.ifPresent(Follower::close);
        follower = Optional.empty();
    }
}
