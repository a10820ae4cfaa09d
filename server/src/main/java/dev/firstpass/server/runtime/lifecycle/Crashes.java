package dev.firstpass.server.runtime.lifecycle;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.runtime.supervision.CrashLoop;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/// Which versions bring their workers down: what is known of each, over all its stays, and which are refused for a
/// while because it was too much.
///
/// Thread-safe.
final class Crashes {
    private static final Duration COOL_DOWN = Duration.ofMinutes(5);

    private final LongSupplier nanoClock;
    private final Consumer<ModelVersion> whenFoundOut;
    private final Map<ModelRef.Numbered, CrashLoop> loops = new ConcurrentHashMap<>();
    /// Until when each is refused.
    private final Map<ModelRef.Numbered, Deadline> refused = new ConcurrentHashMap<>();

    /// @param whenFoundOut called when a version is refused from then on, on the thread that runs it; does not block
    Crashes(LongSupplier nanoClock, Consumer<ModelVersion> whenFoundOut) {
        this.nanoClock = nanoClock;
        this.whenFoundOut = whenFoundOut;
    }

    /// Where a version's runs and losses are told.
    CrashLoop of(ModelVersion version) {
        return loops.computeIfAbsent(version.ref(), _ -> new CrashLoop(nanoClock, () -> refuse(version)));
    }

    private void refuse(ModelVersion version) {
        refused.put(version.ref(), Deadline.after(COOL_DOWN, nanoClock));
        loops.remove(version.ref());
        whenFoundOut.accept(version);
    }

    boolean isRefused(ModelRef.Numbered ref) {
        Deadline until = refused.get(ref);
        if (until != null && until.isPassed()) {
            refused.remove(ref, until);
            return false;
        }
        return until != null;
    }

    /// Those that are refused now.
    Set<ModelRef.Numbered> refused() {
        return refused.keySet().stream().filter(this::isRefused).collect(Collectors.toUnmodifiableSet());
    }

    /// @throws dev.firstpass.server.failure.FailureException MODEL_NOT_READY if a version is refused
    void check(ModelRef.Numbered ref) {
        if (isRefused(ref)) {
            throw CrashLoop.refusal().asException();
        }
    }

    /// Knows nothing of a version any more: it may be tried again.
    void forget(ModelRef.Numbered ref) {
        refused.remove(ref);
        loops.remove(ref);
    }
}
