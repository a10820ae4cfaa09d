package dev.firstpass.server;

import dev.firstpass.registry.AliasChange;
import dev.firstpass.registry.Expected;
import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.store.ModelRegistry;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.lifecycle.ModelRuntime;
import dev.firstpass.server.runtime.lifecycle.ServableLease;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/// Moves aliases so that whoever asks is answered at every instant: the new version is loaded and warm before the alias
/// means it.
///
/// Thread-safe; owns nothing.
final class HotSwap {
    private static final Duration LONGEST_LOAD = Duration.ofMinutes(10);

    private final ModelRegistry registry;
    private final ModelRuntime models;
    private final LongSupplier nanoClock;
    private final LongAdder moved = new LongAdder();
    private final LongAdder refused = new LongAdder();

    HotSwap(ModelRegistry registry, ModelRuntime models, LongSupplier nanoClock) {
        this.registry = registry;
        this.models = models;
        this.nanoClock = nanoClock;
    }

    /// Moves that this server has made.
    long moved() {
        return moved.sum();
    }

    /// Moves that it was asked for and that did not come about.
    long refused() {
        return refused.sum();
    }

    /// As [ServerRuntime#moveAlias].
    void moveAlias(AliasChange move) {
        boolean isMade = false;
        try {
            make(move);
            isMade = true;
        } finally {
            (isMade ? moved : refused).increment();
        }
    }

    private void make(AliasChange move) {
        ModelEntry entry = registry.model(move.name());
        Optional<ModelVersion> next =
                entry.version(move.to()).filter(version -> version.state() == ModelVersion.State.AVAILABLE);
        Optional<ModelVersion> present = entry.aliased(move.alias());
        if (next.isEmpty() || !isAsExpected(present, move.expected())) {
            // Which the registry refuses, and has the words for.
            registry.moveAlias(move);
        } else if (present.isPresent() && mustReplace(present.get(), next.get())) {
            moveFirst(present.get(), next.get(), move);
        } else {
            loadFirst(present, next.get(), move);
        }
    }

    /// As [ServerRuntime#rollOut].
    void rollOut(ModelName name, String alias, Rollout rollout) {
        List<ServableLease> leases = new ArrayList<>();
        try {
            registry.model(name)
                    .candidates(rollout)
                    // Of the others the registry has the words for why it refuses them.
                    .filter(version -> version.state() == ModelVersion.State.AVAILABLE)
                    .forEach(version -> leases.add(lease(version)));
            leases.forEach(lease -> prepareElsewhere(lease.version()));
            registry.rollOut(name, alias, rollout);
        } finally {
            leases.forEach(ServableLease::close);
        }
    }

    private static boolean isAsExpected(Optional<ModelVersion> present, Expected expected) {
        return switch (expected) {
            case Expected.Anything _ -> true;
            case Expected.Absent _ -> present.isEmpty();
            case Expected.AtVersion at ->
                present.filter(version -> version.number() == at.number()).isPresent();
        };
    }

    /// Whether the new version finds room only where the present one was.
    boolean mustReplace(ModelVersion present, ModelVersion next) {
        return !models.fitsBeside(next, present.ref()) && models.fitsBeside(next, next.ref());
    }

    /// The present version is leased meanwhile, so that it does not make room for the one that follows it.
    private void loadFirst(Optional<ModelVersion> present, ModelVersion next, AliasChange move) {
        Optional<ServableLease> held = present.flatMap(version -> models.leaseIfLoaded(version.ref()));
        try (ServableLease _ = lease(next)) {
            prepareElsewhere(next);
            registry.moveAlias(move);
        } finally {
            held.ifPresent(ServableLease::close);
        }
    }

    /// Where servers share the registry, a version is loaded on all of them before an alias names it.
    private void prepareElsewhere(ModelVersion version) {
        Map<String, String> problems;
        try {
            problems = registry.prepareElsewhere(version.ref());
        } catch (InterruptedException e) {
            throw cancelled(e);
        }
        if (!problems.isEmpty()) {
            throw Failure.of(
                            Reason.MODEL_NOT_READY,
                            version.ref() + " cannot serve everywhere: "
                                    + problems.entrySet().stream()
                                            .map(problem -> "on " + problem.getKey() + ": " + problem.getValue())
                                            .collect(Collectors.joining("; ")))
                    .asException();
        }
    }

    private void moveFirst(ModelVersion present, ModelVersion next, AliasChange move) {
        registry.moveAlias(move);
        try {
            lease(next).close();
        } catch (FailureException e) {
            registry.moveAlias(new AliasChange(
                    move.name(),
                    move.alias(),
                    present.number(),
                    new Expected.AtVersion(next.number()),
                    AliasChange.Kind.ROLLBACK));
            throw e;
        }
    }

    private ServableLease lease(ModelVersion version) {
        try {
            return models.lease(version, Deadline.after(LONGEST_LOAD, nanoClock), Priority.BULK);
        } catch (InterruptedException e) {
            throw cancelled(e);
        }
    }

    private static FailureException cancelled(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new FailureException(Failure.of(Reason.CANCELLED, "the request was cancelled"), e);
    }
}
