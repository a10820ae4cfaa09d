package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.runtime.residency.Admission;
import dev.firstpass.server.runtime.residency.Candidate;
import dev.firstpass.server.runtime.residency.Heat;
import dev.firstpass.server.runtime.residency.MemoryLedger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The versions that are in memory or on their way there, and the accounts of what they hold of each device.
///
/// Thread-safe.
final class Residents {
    private static final Logger LOG = LoggerFactory.getLogger(Residents.class);

    private final MemoryRules rules;
    private final ResidencyListener listener;
    private final Placement placement;

    /// Of each device.
    private final Map<String, MemoryLedger> ledgers = new LinkedHashMap<>();

    private final Footprints footprints = new Footprints();
    private final Heat<ModelRef.Numbered> heat = new Heat<>();
    private final Map<ModelRef.Numbered, Residence> current = new ConcurrentHashMap<>();

    /// Device -> bytes of those that have been told to leave it and have not yet.
    private final Map<String, Long> leaving = new ConcurrentHashMap<>();

    /// What is about to be gone, each under a key of its own: futures do not compare.
    private final Map<Object, CompletableFuture<Void>> departures = new ConcurrentHashMap<>();

    Residents(Placement placement, MemoryRules rules, ResidencyListener listener) {
        this.placement = placement;
        this.rules = rules;
        this.listener = listener;
        placement
                .devices()
                .forEach(device ->
                        ledgers.put(device, new MemoryLedger(rules.budgetBytes().applyAsLong(device))));
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

    MemoryLedger ledger(String device) {
        return Objects.requireNonNull(ledgers.get(device));
    }

    /// Device -> bytes that models may hold of it.
    Map<String, Long> budgets() {
        return ledgers.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        Map.Entry::getKey, entry -> entry.getValue().budgetBytes()));
    }

    /// Bytes that models hold of all devices together.
    long usedBytes() {
        return ledgers.values().stream().mapToLong(MemoryLedger::usedBytes).sum();
    }

    Footprints footprints() {
        return footprints;
    }

    /// Device -> what has to happen for a version to be loaded on it, for each device that it runs on.
    Map<String, Admission<Residence>> admissions(ModelVersion version) {
        Map<String, Admission<Residence>> admissions = new LinkedHashMap<>();
        placement
                .of(version.name())
                .forEach(device -> admissions.put(device, admission(footprints.loading(version, device), device)));
        return admissions;
    }

    /// Those to unload because a device's models hold more than they may.
    List<Residence> surplus() {
        List<Residence> surplus = new ArrayList<>();
        ledgers.forEach((device, ledger) -> {
            if (ledger.freeBytes() < 0 && admission(0, device) instanceof Admission.Evict<Residence> evict) {
                surplus.addAll(evict.victims());
            }
        });
        return surplus;
    }

    /// Takes the memory that a version needs to be loaded, on each device that it runs on. There is room.
    ///
    /// @return device -> account, which the caller closes
    Map<String, MemoryLedger.Account> open(ModelVersion version) {
        Map<String, MemoryLedger.Account> accounts = new LinkedHashMap<>();
        placement
                .of(version.name())
                .forEach(device -> accounts.put(
                        device,
                        ledger(device).open(footprints.loading(version, device)).orElseThrow()));
        return accounts;
    }

    /// What has to happen for a version to be tried out on the first of its devices.
    Admission<Residence> admissionToTrial(ModelVersion version) {
        String device = trialDevice(version);
        return admission(footprints.loading(version, device), device);
    }

    /// Sets memory aside for a version that is tried out. There is room.
    Room trialRoom(ModelVersion version) {
        String device = trialDevice(version);
        MemoryLedger ledger = ledger(device);
        return new Room(
                device, ledger, ledger.open(footprints.loading(version, device)).orElseThrow());
    }

    private String trialDevice(ModelVersion version) {
        return placement.of(version.name()).getFirst();
    }

    private Admission<Residence> admission(long bytes, String device) {
        return Admission.of(bytes, ledger(device).freeBytes(), leaving.getOrDefault(device, 0L), candidates(device));
    }

    private List<Candidate<Residence>> candidates(String device) {
        return current.values().stream()
                .filter(residence -> residence.bytes(device) > 0 && !isPinned(residence))
                .filter(residence -> residence.servable().state() == CompletableFuture.State.SUCCESS)
                .map(residence -> new Candidate<>(
                        residence,
                        residence.bytes(device),
                        heat.of(residence.version().ref()) * residence.loadSeconds(),
                        residence.servable().resultNow().leases() == 0))
                .toList();
    }

    private boolean isPinned(Residence residence) {
        return rules.isPinned().test(residence.version().ref());
    }

    /// Whether a version would find room on all its devices if everything but `kept` and what is pinned were unloaded.
    boolean fitsBeside(ModelVersion version, ModelRef.Numbered kept) {
        return placement.of(version.name()).stream().allMatch(device -> {
            long staying = current.values().stream()
                    .filter(residence -> residence.version().ref().equals(kept) || isPinned(residence))
                    .mapToLong(residence -> residence.bytes(device))
                    .sum();
            return footprints.loading(version, device) <= ledger(device).budgetBytes() - staying;
        });
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
        Map<String, Long> bytes = residence.bytes();
        bytes.forEach((device, each) -> leaving.merge(device, each, Long::sum));
        return departing(servable.retire().whenComplete((_, failure) -> {
            if (failure != null) {
                LOG.error("{} was not closed well", residence.version().ref().qualified(), failure);
            }
            residence.left();
            bytes.forEach((device, each) -> leaving.merge(device, -each, Long::sum));
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
