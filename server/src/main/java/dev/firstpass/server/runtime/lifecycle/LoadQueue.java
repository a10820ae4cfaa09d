package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.residency.Admission;
import dev.firstpass.server.runtime.residency.MemoryLedger;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Loads versions one after the other, in the order they were asked for, or in which their files have come. Where there is no room for one, others that
/// nobody uses make it, as [Admission] says; where there are not enough of those, it waits, and the rest behind it.
///
/// A version whose files are elsewhere waits until they are here, and nobody waits for it meanwhile but those who ask for it.
///
/// Thread-safe; what changes memory runs on the lifecycle thread.
final class LoadQueue {
    private static final Logger LOG = LoggerFactory.getLogger(LoadQueue.class);
    private static final double NANOS_PER_SECOND = 1e9;

    /// Quicker loads are taken to be no quicker: they differ by chance.
    private static final double QUICKEST_SECONDS = 0.1;

    private static final int MIB_SHIFT = 20;

    private final ServableLoader loader;
    private final Residents residents;
    private final MemoryRules rules;
    private final ResidencyListener listener;
    private final Crashes crashes;
    private final Executor lifecycle;
    private final LongSupplier nanoClock;
    private final Fetches fetches;

    /// Those to load, for the lifecycle thread.
    private final Deque<Residence> waiting = new ArrayDeque<>();

    /// When the first of them began to wait for others to come out of use. For the lifecycle thread.
    private Optional<Long> stalledAt = Optional.empty();

    /// Whether a look is due once the patience is over. For the lifecycle thread.
    private boolean lookIsDue;

    /// Whether to look again as soon as somebody comes out of use.
    private volatile boolean stalled;

    /// @param crashes is told of the runs of what is loaded
    /// @param lifecycle runs what is given to it on one thread, in order
    LoadQueue(
            ServableLoader loader,
            Residents residents,
            MemoryRules rules,
            ResidencyListener listener,
            Crashes crashes,
            Executor lifecycle,
            LongSupplier nanoClock) {
        this.loader = loader;
        this.residents = residents;
        this.rules = rules;
        this.listener = listener;
        this.crashes = crashes;
        this.lifecycle = lifecycle;
        this.nanoClock = nanoClock;
        this.fetches = new Fetches(loader::requireIntact, lifecycle);
    }

    /// The version's present stay; one begins where there is none.
    Residence enter(ModelVersion version) {
        return residents.findOrEnter(version.ref(), _ -> {
            Residence fresh = new Residence(version);
            lifecycle.execute(() -> begin(fresh));
            return fresh;
        });
    }

    private void begin(Residence fresh) {
        if (fresh.isDismissed() || !loader.isFar(fresh.version())) {
            line(fresh);
        } else {
            fetches.begin(fresh, this::line, failure -> cannotLoad(fresh, failure));
        }
    }

    private void line(Residence ready) {
        waiting.add(ready);
        look();
    }

    /// Ends a version's stay: no new leases, and when the last is back, no memory.
    ///
    /// @return completes when its memory is given back; where it is not there, when that of all that leave is
    CompletableFuture<Void> retire(ModelRef.Numbered ref) {
        Optional<Residence> found = residents.find(ref).filter(residents::forget);
        if (found.isEmpty()) {
            return residents.departures();
        }
        Residence residence = found.get();
        residence.dismiss();
        lifecycle.execute(() -> {
            if (fetches.breakOff(residence)) {
                residence.servable().cancel(false);
            }
            look();
        });
        return residents.departing(residence
                .servable()
                .handle((servable, _) -> Optional.ofNullable(servable))
                .thenCompose(servable -> servable.isPresent()
                        ? looking(residents.unload(residence, servable.get(), false))
                        : CompletableFuture.completedFuture(null)));
    }

    private CompletableFuture<Void> looking(CompletableFuture<Void> unloaded) {
        return unloaded.whenComplete((_, _) -> {
            lifecycle.execute(() -> {
                loader.reclaim();
                look();
            });
            later(rules.quiet(), loader::endIfUnused);
        });
    }

    private void later(Duration delay, Runnable work) {
        CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS, lifecycle)
                .execute(work);
    }

    private void lookSoon() {
        lifecycle.execute(this::look);
    }

    /// The last lease of some version has come back.
    private void cameOutOfUse() {
        if (stalled) {
            stalled = false;
            lookSoon();
        }
    }

    /// Has memory that is held over the budget given back, and loads the one that has waited longest if there is room
    /// for it or can be made.
    private void look() {
        residents.surplus().forEach(this::evict);
        // Before the look at who is in use: who comes out of use after it is noticed.
        stalled = !waiting.isEmpty();
        if (stalled) {
            admit(waiting.getFirst());
        }
    }

    /// Memory to try a version out in, after those that wait to serve. On the lifecycle thread.
    ///
    /// @return empty where there is none yet: others are asked to make room, or have to come out of use first
    /// @throws dev.firstpass.server.failure.FailureException MODEL_NOT_READY if there never will be
    Optional<Room> trialRoom(ModelVersion version) {
        if (!waiting.isEmpty()) {
            return Optional.empty();
        }
        return switch (residents.admissionToTrial(version)) {
            case Admission.Fits<Residence> _ -> Optional.of(residents.trialRoom(version));
            case Admission.Evict<Residence> evict -> {
                evict.victims().forEach(this::evict);
                yield Optional.empty();
            }
            case Admission.Busy<Residence> _ -> Optional.empty();
            case Admission.Never<Residence> _ -> throw tooLarge();
        };
    }

    private static FailureException tooLarge() {
        return Failure.of(Reason.MODEL_NOT_READY, "the model version needs more memory than models may have")
                .asException();
    }

    private void admit(Residence first) {
        if (first.isDismissed()) {
            drop(first);
            return;
        }
        Map<String, Admission<Residence>> admissions = residents.admissions(first.version());
        switch (Admission.ofAll(admissions.values())) {
            case Admission.Fits<Residence> _ -> {
                take();
                load(first);
            }
            case Admission.Evict<Residence> evict -> {
                if (first.isOptional()) {
                    drop(first);
                } else {
                    evict.victims().forEach(this::evict);
                    lookSoon();
                }
            }
            case Admission.Busy<Residence> busy -> {
                if (first.isOptional() || first.isAbandoned()) {
                    drop(first);
                } else {
                    await(first, busy.drained());
                }
            }
            case Admission.Never<Residence> _ -> refuse(first, admissions);
        }
    }

    /// Takes the first from those that wait, and has the next looked at.
    private void take() {
        waiting.remove();
        stalledAt = Optional.empty();
        lookSoon();
    }

    private void drop(Residence first) {
        take();
        residents.forget(first);
        first.servable().cancel(false);
    }

    /// Unless it may be smaller than it was taken to be.
    private void refuse(Residence first, Map<String, Admission<Residence>> admissions) {
        boolean isDoubted = false;
        for (Map.Entry<String, Admission<Residence>> device : admissions.entrySet()) {
            if (device.getValue() instanceof Admission.Never<Residence>) {
                isDoubted |= residents.footprints().doubt(first.version(), device.getKey());
            }
        }
        if (isDoubted) {
            lookSoon();
        } else {
            admissions.forEach((device, admission) -> {
                if (admission instanceof Admission.Never<Residence> never) {
                    logRefusal(first.version(), device, never.most());
                }
            });
            refuse(first);
        }
    }

    private void logRefusal(ModelVersion version, String device, long most) {
        LOG.error(
                "cannot load {}: it needs {} MiB of memory on {} while it loads, and of {} MiB only {} can be had",
                version.ref().qualified(),
                residents.footprints().loading(version, device) >> MIB_SHIFT,
                device,
                residents.ledger(device).budgetBytes() >> MIB_SHIFT,
                most >> MIB_SHIFT);
    }

    private void refuse(Residence first) {
        take();
        failed(first, tooLarge());
    }

    private void evict(Residence victim) {
        var _ = looking(residents.evict(victim));
    }

    /// Room comes when a lease comes back. If none does for a while, those that could best make room take no new users.
    private void await(Residence first, List<Residence> drained) {
        first.waitsForRoom();
        long now = nanoClock.getAsLong();
        if (stalledAt.isEmpty()) {
            stalledAt = Optional.of(now);
        }
        if (now - stalledAt.get() >= rules.patience().toNanos() && !drained.isEmpty()) {
            drained.forEach(victim -> {
                var _ = looking(residents.drain(victim));
            });
            stalledAt = Optional.of(now);
        }
        if (!lookIsDue) {
            lookIsDue = true;
            later(rules.patience(), () -> {
                lookIsDue = false;
                look();
            });
        }
    }

    private void load(Residence residence) {
        ModelVersion version = residence.version();
        Map<String, MemoryLedger.Account> accounts = residents.open(version);
        long start = nanoClock.getAsLong();
        ServableLoader.Loaded loaded;
        try {
            loaded = loader.load(version, crashes.of(version), lifecycle, this::cameOutOfUse);
        } catch (RuntimeException | Error e) {
            accounts.values().forEach(MemoryLedger.Account::close);
            cannotLoad(residence, e);
            return;
        }
        long nanos = nanoClock.getAsLong() - start;
        accounts.forEach((device, account) -> account.settle(
                residents.footprints().measured(version, device, loaded.bytes().getOrDefault(device, 0L))));
        residence.holds(accounts, Math.max(QUICKEST_SECONDS, nanos / NANOS_PER_SECOND));
        accounts.forEach((device, account) -> LOG.debug(
                "loaded {}: {} ms, {} MiB on {}, {} MiB of {} MiB are taken",
                version.ref().qualified(),
                nanos / 1_000_000,
                account.bytes() >> MIB_SHIFT,
                device,
                residents.ledger(device).usedBytes() >> MIB_SHIFT,
                residents.ledger(device).budgetBytes() >> MIB_SHIFT));
        listener.loaded(version.ref(), residence.bytes(), nanos);
        residence.servable().complete(loaded.servable());
    }

    private void cannotLoad(Residence residence, Throwable failure) {
        LOG.error("cannot load {}", residence.version().ref().qualified(), failure);
        failed(residence, failure);
    }

    private void failed(Residence residence, Throwable failure) {
        listener.failed(residence.version().ref());
        residence.servable().completeExceptionally(failure);
    }
}
