package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.runtime.residency.Admission;
import dev.firstpass.server.runtime.residency.Candidate;
import dev.firstpass.server.runtime.residency.Heat;
import dev.firstpass.server.runtime.residency.MemoryLedger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The versions that are in memory or on their way there, and the account of what they hold.
///
/// Thread-safe.
final class Residents {
    private static final Logger LOG = LoggerFactory.getLogger(Residents.class);

    private final MemoryRules rules;
    private final ResidencyListener listener;
    private final MemoryLedger ledger;
    private final Footprints footprints = new Footprints();
    private final Heat<ModelRef.Numbered> heat = new Heat<>();
    private final Map<ModelRef.Numbered, Residence> current = new ConcurrentHashMap<>();

    /// Bytes of those that have been told to leave and have not yet.
    private final AtomicLong leaving = new AtomicLong();

    /// What is about to be gone, each under a key of its own: futures do not compare.
    private final Map<Object, CompletableFuture<Void>> departures = new ConcurrentHashMap<>();

    Residents(MemoryRules rules, ResidencyListener listener) {
        this.rules = rules;
        this.listener = listener;
        this.ledger = new MemoryLedger(rules.budgetBytes());
    }

    /// The version's present stay, loaded or not.
    Optional<Residence> find(ModelRef.Numbered ref) {
        return Optional.ofNullable(current.get(ref));
    }

    List<Residence> all() {
        return List.copyOf(current.values());
    }

    /// The version's present stay, or a new one.
    Residence findOrEnter(ModelRef.Numbered ref, Function<ModelRef.Numbered, Residence> fresh) {
        return current.computeIfAbsent(ref, fresh);
    }

    /// Ends a stay: who asks for the version next begins another. Who ends it sees to its memory.
    ///
    /// @return whether it is ended by this call
    boolean forget(Residence residence) {
        return current.remove(residence.version().ref(), residence);
    }

    /// Somebody asks for a version, on behalf of a person who waits.
    void touch(ModelRef.Numbered ref) {
        heat.touch(ref);
    }

    MemoryLedger ledger() {
        return ledger;
    }

    Footprints footprints() {
        return footprints;
    }

    /// What has to happen for `bytes` more to be taken.
    Admission<Residence> admission(long bytes) {
        return Admission.of(bytes, ledger.freeBytes(), leaving.get(), candidates());
    }

    private List<Candidate<Residence>> candidates() {
        return current.values().stream()
                .filter(residence -> residence.bytes() > 0 && !isPinned(residence))
                .filter(residence -> residence.servable().state() == CompletableFuture.State.SUCCESS)
                .map(residence -> new Candidate<>(
                        residence,
                        residence.bytes(),
                        heat.of(residence.version().ref()) * residence.loadSeconds(),
                        residence.servable().resultNow().leases() == 0))
                .toList();
    }

    private boolean isPinned(Residence residence) {
        return rules.isPinned().test(residence.version().ref());
    }

    /// Whether a version would find room if everything but `kept` and what is pinned were unloaded.
    boolean fitsBeside(ModelVersion version, ModelRef.Numbered kept) {
        long staying = current.values().stream()
                .filter(residence -> residence.version().ref().equals(kept) || isPinned(residence))
                .mapToLong(Residence::bytes)
                .sum();
        return footprints.loading(version) <= ledger.budgetBytes() - staying;
    }

    /// Unloads one that nobody uses; one that somebody has begun to use stays.
    ///
    /// @return completes when its memory is given back, or at once
    CompletableFuture<Void> evict(Residence victim) {
        Servable servable = victim.servable().resultNow();
        return servable.retireIfIdle() && forget(victim)
                ? unload(victim, servable, true)
                : CompletableFuture.completedFuture(null);
    }

    /// Refuses a loaded one new leases, to make room when the last is back.
    ///
    /// @return completes when its memory is given back, or at once where somebody else sees to it
    CompletableFuture<Void> drain(Residence victim) {
        return forget(victim)
                ? unload(victim, victim.servable().resultNow(), true)
                : CompletableFuture.completedFuture(null);
    }

    /// Gives the memory of one that was forgotten back, when its last lease is.
    ///
    /// @param makesRoom whether it leaves for others' sake
    /// @return completes when that is done
    CompletableFuture<Void> unload(Residence residence, Servable servable, boolean makesRoom) {
        long bytes = residence.bytes();
        leaving.addAndGet(bytes);
        return departing(servable.retire().whenComplete((_, failure) -> {
            if (failure != null) {
                LOG.error("{} was not closed well", residence.version().ref(), failure);
            }
            residence.left();
            leaving.addAndGet(-bytes);
            listener.unloaded(residence.version().ref(), bytes, makesRoom);
        }));
    }

    /// Has [#departures] wait for it.
    CompletableFuture<Void> departing(CompletableFuture<Void> gone) {
        Object departure = new Object();
        departures.put(departure, gone);
        return gone.whenComplete((_, _) -> departures.remove(departure));
    }

    /// Completes when all that have been told to leave have.
    CompletableFuture<Void> departures() {
        return CompletableFuture.allOf(departures.values().toArray(CompletableFuture[]::new));
    }
}
