package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Replica.Residency;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.batch.QueueState;
import dev.firstpass.server.runtime.supervision.CrashLoop;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which versions are loaded on this replica. A version is loaded when it is asked for, once however many ask; the
/// others wait for it within their deadlines. It stays until memory is needed for another and it is the one that is
/// missed least ([dev.firstpass.server.runtime.residency.Admission]), and comes back when it is asked for again.
///
/// Thread-safe; owns one platform thread, `lifecycle`, on which everything is loaded and closed.
public final class ModelRuntime implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ModelRuntime.class);

    private static final Duration ROOM_POLL = Duration.ofMillis(20);

    private final MemoryRules rules;
    private final Consumer<ModelVersion> whenCrashed;
    private final Crashes crashes = new Crashes(System::nanoTime, this::crashed);
    private final ExecutorService lifecycle = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("lifecycle").factory());
    private final Residents residents;
    private final LoadQueue queue;

    /// Versions that were loaded once, or known not to load, or for which there was no room.
    private final Set<ModelRef.Numbered> settled = ConcurrentHashMap.newKeySet();

    /// Held while a load begins, while a version is withdrawn, and while the runtime closes: so none begins that they do
    /// not see.
    private final ReentrantLock beginning = new ReentrantLock();

    /// Versions that are not to be loaded any more.
    private final Set<ModelRef.Numbered> withdrawn = ConcurrentHashMap.newKeySet();

    private boolean closed;

    /// @param whenCrashed is told, on the lifecycle thread, of versions that bring their worker down time after time
    public ModelRuntime(
            ServableLoader loader, MemoryRules rules, ResidencyListener listener, Consumer<ModelVersion> whenCrashed) {
        this.rules = rules;
        this.whenCrashed = whenCrashed;
        this.residents = new Residents(loader.placement(), rules, listener);
        this.queue = new LoadQueue(loader, residents, rules, listener, crashes, lifecycle, System::nanoTime);
        listener.opened(residents.budgets());
    }

    /// A lease on a version, loading it first if need be.
    ///
    /// @param priority what is asked for by bulk work is not kept for its sake
    /// @throws FailureException MODEL_NOT_READY when it cannot be loaded or is not in time, OVERLOADED when no memory
    ///     came free for it in time, VERSION_NOT_FOUND when it is withdrawn, DRAINING after `close`
    public ServableLease lease(ModelVersion version, Deadline deadline, Priority priority) throws InterruptedException {
        wish(version, priority);
        while (true) {
            Residence residence = enter(version);
            if (!residence.servable().isDone()) {
                residence.want(deadline);
            }
            Optional<ServableLease> lease = await(residence, deadline).flatMap(Servable::lease);
            if (lease.isPresent()) {
                return lease.get();
            }
            // It left since the look: it is no longer found then, so the next look finds another stay or begins one.
            Thread.onSpinWait();
        }
    }

    /// As `lease`, without waiting: the future is complete at once where the version is loaded, and completes on the
    /// lifecycle thread or a timer's otherwise. Whoever gets the lease closes it; where nobody wants it any more,
    /// because the future was cancelled, nobody gets it.
    public CompletableFuture<ServableLease> leaseLater(ModelVersion version, Deadline deadline, Priority priority) {
        CompletableFuture<ServableLease> lease = new CompletableFuture<>();
        try {
            wish(version, priority);
            leaseLater(version, deadline, lease);
        } catch (RuntimeException e) {
            lease.completeExceptionally(e);
        }
        return lease;
    }

    private void leaseLater(ModelVersion version, Deadline deadline, CompletableFuture<ServableLease> lease) {
        Residence residence = enter(version);
        while (isOver(residence)) {
            Optional<ServableLease> now = leaseNow(residence);
            if (now.isPresent()) {
                hand(now.get(), lease);
                return;
            }
            // As in `lease`.
            Thread.onSpinWait();
            residence = enter(version);
        }
        Residence awaited = residence;
        residence.want(deadline);
        var _ = residence
                .servable()
                .copy()
                .orTimeout(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS)
                .whenComplete((_, failure) -> {
                    try {
                        if (failure == null || Failures.unwrapped(failure) instanceof CancellationException) {
                            leaseLater(version, deadline, lease);
                        } else {
                            lease.completeExceptionally(unavailable(awaited, Failures.unwrapped(failure)));
                        }
                    } catch (RuntimeException e) {
                        lease.completeExceptionally(e);
                    }
                });
    }

    /// Whether there is nothing to wait for: it is loaded, or who still wants it asks anew.
    private static boolean isOver(Residence residence) {
        return switch (residence.servable().state()) {
            case SUCCESS, CANCELLED -> true;
            case RUNNING, FAILED -> false;
        };
    }

    private static Optional<ServableLease> leaseNow(Residence residence) {
        return isLoaded(residence) ? residence.servable().resultNow().lease() : Optional.empty();
    }

    private static void hand(ServableLease lease, CompletableFuture<ServableLease> taker) {
        if (!taker.complete(lease)) {
            lease.close();
        }
    }

    private void wish(ModelVersion version, Priority priority) {
        crashes.check(version.ref());
        switch (priority) {
            case INTERACTIVE -> residents.touch(version.ref());
            case BULK -> {}
        }
    }

    /// A lease on a version if it is loaded.
    public Optional<ServableLease> leaseIfLoaded(ModelRef.Numbered ref) {
        return residents
                .find(ref)
                .filter(ModelRuntime::isLoaded)
                .flatMap(residence -> residence.servable().resultNow().lease());
    }

    /// Whether a version would find room if everything but `kept` and what is pinned were unloaded.
    public boolean fitsBeside(ModelVersion version, ModelRef.Numbered kept) {
        return residents.fitsBeside(version, kept);
    }

    /// Runs native work that belongs to no request on the lifecycle thread, in its turn among the loads.
    ///
    /// @return completes when it has run; exceptionally with what it threw, or with DRAINING after `close`
    public CompletableFuture<Void> run(Runnable work) {
        return unlessClosed(() -> CompletableFuture.runAsync(work, lifecycle))
                .orElseGet(() -> CompletableFuture.failedFuture(draining()));
    }

    /// Sets memory aside for a version that is to be tried out beside those that serve: those that nobody uses make room
    /// for it, as they do for a load. Waits for its turn after the loads that are asked for.
    ///
    /// @return closed by the caller
    /// @throws FailureException MODEL_NOT_READY if there never will be enough, OVERLOADED when none came free in time,
    ///     DRAINING after `close`
    public Room room(ModelVersion version, Deadline deadline) throws InterruptedException {
        while (true) {
            Optional<Room> room = unlessClosed(
                            () -> CompletableFuture.supplyAsync(() -> queue.trialRoom(version), lifecycle))
                    .map(ModelRuntime::joined)
                    .orElseThrow(ModelRuntime::draining);
            if (room.isPresent()) {
                return room.get();
            }
            if (deadline.isPassed()) {
                throw Failure.overloaded("no memory came free to try the model version out in time")
                        .asException();
            }
            Thread.sleep(ROOM_POLL);
        }
    }

    private static <T> T joined(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /// Begins to load a version if there is room for it, unless it is loaded or loading; does not wait.
    public void preload(ModelVersion version) {
        if (!crashes.isRefused(version.ref())) {
            var _ = unlessClosed(() -> {
                if (!withdrawn.contains(version.ref())) {
                    var _ = entered(version);
                }
                return true;
            });
        }
    }

    /// Whether a version was loaded once, or is known not to load, or found no room; what is only about to be loaded is
    /// not settled. A version that settled once stays so.
    public boolean isSettled(ModelVersion version) {
        return settled.contains(version.ref())
                || residents
                        .find(version.ref())
                        .map(residence -> residence.servable().isDone())
                        .orElse(true);
    }

    private Residence enter(ModelVersion version) {
        // Where it is known, which is nearly always, no lock is taken.
        return residents
                .find(version.ref())
                .orElseGet(() -> unlessClosed(() -> entered(version)).orElseThrow(ModelRuntime::draining));
    }

    private Residence entered(ModelVersion version) {
        if (withdrawn.contains(version.ref())) {
            throw Failure.of(Reason.VERSION_NOT_FOUND, version.ref() + ": retired")
                    .asException();
        }
        Residence residence = queue.enter(version);
        var _ = residence.servable().whenComplete((_, failure) -> {
            settled.add(version.ref());
            if (failure != null) {
                // Whether it failed or was cancelled, in which case it is forgotten already.
                CompletableFuture.delayedExecutor(rules.retryAfter().toNanos(), TimeUnit.NANOSECONDS)
                        .execute(() -> residents.forget(residence));
            }
        });
        return residence;
    }

    private <T> Optional<T> unlessClosed(Supplier<T> task) {
        beginning.lock();
        try {
            return closed ? Optional.empty() : Optional.of(task.get());
        } finally {
            beginning.unlock();
        }
    }

    private static FailureException draining() {
        return Failure.of(Reason.DRAINING, "the server is going down").asException();
    }

    /// A version has brought its worker down time after time: it is unloaded. On the thread that ran it.
    private void crashed(ModelVersion version) {
        LOG.error(
                "{} has failed: it brings its worker down time after time",
                version.ref().qualified());
        var _ = unlessClosed(() -> queue.retire(version.ref()));
        var _ = run(() -> whenCrashed.accept(version));
    }

    /// Refuses new leases of a version, lets the ones that are out come back and unloads it.
    ///
    /// @return completes when its memory is given back; where it is not there, when that of all that leave is
    public CompletableFuture<Void> retire(ModelRef.Numbered ref) {
        crashes.forget(ref);
        settled.remove(ref);
        return unlessClosed(() -> queue.retire(ref)).orElseGet(() -> CompletableFuture.completedFuture(null));
    }

    /// As `retire`, and refuses to load it again until `readmit`: requests that have chosen it just before hear
    /// VERSION_NOT_FOUND.
    public CompletableFuture<Void> withdraw(ModelRef.Numbered ref) {
        beginning.lock();
        try {
            withdrawn.add(ref);
        } finally {
            beginning.unlock();
        }
        return retire(ref);
    }

    /// Lets a version be loaded again that was withdrawn.
    public void readmit(ModelRef.Numbered ref) {
        withdrawn.remove(ref);
    }

    /// Whether a version could not be loaded lately, or is refused because it brings its worker down time after time.
    public boolean hasFailed(ModelRef.Numbered ref) {
        return failure(ref).isPresent();
    }

    /// What those hear who ask for a version that has failed, as `hasFailed` says; empty for others.
    public Optional<Failure> failure(ModelRef.Numbered ref) {
        return crashes.isRefused(ref)
                ? Optional.of(CrashLoop.refusal())
                : residents
                        .find(ref)
                        .map(Residence::servable)
                        .filter(servable -> servable.state() == CompletableFuture.State.FAILED)
                        .map(servable -> notLoaded(servable.exceptionNow()).failure());
    }

    /// Lets a version be tried again that is refused because it brings its worker down time after time.
    public void forgive(ModelRef.Numbered ref) {
        if (crashes.isRefused(ref)) {
            crashes.forget(ref);
        }
    }

    /// The versions that are loaded now.
    public List<ModelRef.Numbered> loadedVersions() {
        return residents.all().stream()
                .filter(ModelRuntime::isLoaded)
                .map(residence -> residence.version().ref())
                .toList();
    }

    /// What there is of the versions in memory, of those that are not COLD. Costs a copy of a small map.
    public Map<ModelRef.Numbered, Residency> residencies() {
        Map<ModelRef.Numbered, Residency> residencies = new HashMap<>();
        for (Residence residence : residents.all()) {
            switch (residence.servable().state()) {
                case RUNNING -> residencies.put(residence.version().ref(), Residency.LOADING);
                case SUCCESS -> residencies.put(residence.version().ref(), Residency.SERVING);
                case FAILED -> residencies.put(residence.version().ref(), Residency.FAILED);
                // Nothing is wrong with it, and who wants it asks anew.
                case CANCELLED -> {}
            }
        }
        crashes.refused().forEach(ref -> residencies.put(ref, Residency.FAILED));
        return residencies;
    }

    /// Device -> bytes that models may hold of it.
    public Map<String, Long> budgets() {
        return residents.budgets();
    }

    /// Bytes that models hold or are about to, of all devices together.
    public long residentBytes() {
        return residents.usedBytes();
    }

    /// What a version holds and what it took to get it ready; empty where it is not loaded.
    public Optional<LoadedVersion> loaded(ModelRef.Numbered ref) {
        return residents.find(ref).filter(ModelRuntime::isLoaded).map(residence -> {
            Servable servable = residence.servable().resultNow();
            return new LoadedVersion(residence.bytes(), servable.preparations(), servable.setups());
        });
    }

    /// Stage -> what was asked of it since the version was loaded; empty where it is not.
    ///
    /// @param nanoClock the clock that deadlines are made with
    public Map<String, StageCounts.Totals> counts(ModelRef.Numbered ref, LongSupplier nanoClock) {
        return residents
                .find(ref)
                .filter(ModelRuntime::isLoaded)
                .map(residence -> residence.servable().resultNow().totals(nanoClock))
                .orElse(Map.of());
    }

    /// Gives a version's memory back as soon as nobody uses it, as if room were needed; it comes back when it is asked for.
    ///
    /// @return whether it may leave: not where it is pinned
    public boolean unload(ModelRef.Numbered ref) {
        if (rules.isPinned().test(ref)) {
            return false;
        }
        if (residents.find(ref).filter(ModelRuntime::isLoaded).isPresent()) {
            var _ = unlessClosed(() -> queue.retire(ref));
        }
        return true;
    }

    /// What waits in front of each version that is loaded.
    public Map<ModelRef.Numbered, QueueState> queues() {
        return residents.all().stream()
                .filter(ModelRuntime::isLoaded)
                .collect(Collectors.toMap(
                        residence -> residence.version().ref(),
                        residence -> residence.servable().resultNow().queue(),
                        QueueState::plus));
    }

    private static boolean isLoaded(Residence residence) {
        return residence.servable().state() == CompletableFuture.State.SUCCESS;
    }

    /// @return empty where who still wants it asks anew
    private static Optional<Servable> await(Residence residence, Deadline deadline) throws InterruptedException {
        try {
            return Optional.of(residence.servable().get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS));
        } catch (CancellationException _) {
            return Optional.empty();
        } catch (TimeoutException e) {
            throw unavailable(residence, e);
        } catch (ExecutionException e) {
            throw unavailable(residence, Objects.requireNonNull(e.getCause()));
        }
    }

    private static FailureException unavailable(Residence residence, Throwable thrown) {
        return thrown instanceof TimeoutException
                ? new FailureException(
                        residence.hasWaitedForRoom()
                                ? Failure.overloaded("no memory came free for the model version in time")
                                : Failure.of(Reason.MODEL_NOT_READY, "the model version is still being loaded"),
                        thrown)
                : notLoaded(thrown);
    }

    private static FailureException notLoaded(Throwable cause) {
        return cause instanceof FailureException failure
                ? failure
                : new FailureException(Failure.of(Reason.MODEL_NOT_READY, "the model version cannot be loaded"), cause);
    }

    /// Unloads everything, once the leases that are out have come back. A second call does nothing.
    @Override
    public void close() {
        beginning.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            beginning.unlock();
        }
        CompletableFuture.allOf(residents.all().stream()
                        .map(residence -> queue.retire(residence.version().ref()))
                        .toArray(CompletableFuture[]::new))
                .thenCompose(_ -> residents.departures())
                .exceptionally(failure -> {
                    LOG.error("unloading failed", failure);
                    return null;
                })
                .join();
        lifecycle.close();
    }
}
