package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.runtime.residency.MemoryLedger;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/// One stay of a version in memory, from the first wish for it to its end. A version that comes back has another.
///
/// Thread-safe.
final class Residence {
    private final ModelVersion version;
    private final CompletableFuture<Servable> servable = new CompletableFuture<>();

    /// Until when somebody waits for it; empty while nobody does.
    private Optional<Deadline> wanted = Optional.empty();

    private boolean dismissed;
    private volatile boolean lacksRoom;
    private volatile Optional<Loaded> loaded = Optional.empty();

    Residence(ModelVersion version) {
        this.version = version;
    }

    ModelVersion version() {
        return version;
    }

    /// Completes when it is loaded and warm, or exceptionally with why it is not; cancelled where nothing is wrong with
    /// it and who still wants it may ask anew.
    CompletableFuture<Servable> servable() {
        return servable;
    }

    /// Somebody waits for it until then.
    synchronized void want(Deadline deadline) {
        if (wanted.isEmpty() || wanted.get().remainingNanos() < deadline.remainingNanos()) {
            wanted = Optional.of(deadline);
        }
    }

    /// Whether nobody waits for it: it comes in where there is room, and pushes nobody out.
    synchronized boolean isOptional() {
        return wanted.isEmpty();
    }

    /// Whether the deadlines of all who waited for it have passed.
    synchronized boolean isAbandoned() {
        return wanted.filter(Deadline::isPassed).isPresent();
    }

    /// Whether it is no longer to be loaded.
    synchronized boolean isDismissed() {
        return dismissed;
    }

    /// It is not to be loaded any more, if it is not yet.
    synchronized void dismiss() {
        dismissed = true;
    }

    /// It waits for others to come out of use.
    void waitsForRoom() {
        lacksRoom = true;
    }

    /// Whether it had to wait for others to come out of use.
    boolean hasWaitedForRoom() {
        return lacksRoom;
    }

    /// Takes ownership of the accounts.
    ///
    /// @param accounts one for each device that it is loaded on
    void holds(Map<String, MemoryLedger.Account> accounts, double seconds) {
        loaded = Optional.of(new Loaded(Map.copyOf(accounts), seconds));
    }

    /// Device -> memory that it holds of it; empty before it is loaded.
    Map<String, Long> bytes() {
        return loaded.map(Loaded::accounts).orElse(Map.of()).entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        Map.Entry::getKey, entry -> entry.getValue().bytes()));
    }

    /// Memory that it holds of a device.
    long bytes(String device) {
        return bytes().getOrDefault(device, 0L);
    }

    /// How long loading it took.
    double loadSeconds() {
        return loaded.map(Loaded::seconds).orElse(0.0);
    }

    /// Its memory is given back.
    void left() {
        loaded.ifPresent(one -> one.accounts().values().forEach(MemoryLedger.Account::close));
    }

    private record Loaded(Map<String, MemoryLedger.Account> accounts, double seconds) {}
}
