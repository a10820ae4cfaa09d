package dev.firstpass.server.frontend;

import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Failures;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// One piece of long work on the registry, under way or ended. It goes on whoever waits for it.
///
/// Thread-safe.
public final class Operation {
    private final String id;
    private final Tenant tenant;
    private final Kind kind;
    private final String target;
    private final Instant beganAt;
    private final CompletableFuture<Result> ended = new CompletableFuture<>();
    private volatile Progress progress = Progress.NONE;

    Operation(String id, Tenant tenant, Kind kind, String target, Instant beganAt) {
        this.id = id;
        this.tenant = tenant;
        this.kind = kind;
        this.target = target;
        this.beganAt = beganAt;
    }

    /// What is done.
    public enum Kind {
        REGISTER("register"),
        ALIAS("alias"),
        ROLLBACK("rollback"),
        RETIRE("retire"),
        ROLLOUT("rollout"),
        END_ROLLOUT("end-rollout");

        private final String id;

        Kind(String id) {
            this.id = id;
        }

        /// As it stands in answers.
        public String id() {
            return id;
        }
    }

    /// @param step that it is in; empty before the first
    /// @param done of `total`, in units of the step
    public record Progress(String step, long done, long total) {
        static final Progress NONE = new Progress("", 0, 0);
    }

    /// What came of it.
    public sealed interface Result {
        record Registered(RegistryAdmin.Registered registered) implements Result {}

        /// @param behind servers that may not know of it yet, where several share the registry
        record Moved(String alias, long version, List<String> behind) implements Result {
            public Moved {
                behind = List.copyOf(behind);
            }
        }

        /// @param behind servers that may not know of it yet, where several share the registry
        record RolledOut(RolloutStatus status, List<String> behind) implements Result {
            public RolledOut {
                behind = List.copyOf(behind);
            }
        }

        /// @param behind servers that may not know of it yet, where several share the registry
        record Retired(ModelVersion version, List<String> behind) implements Result {
            public Retired {
                behind = List.copyOf(behind);
            }
        }
    }

    /// How it stands.
    public sealed interface State {
        record Running() implements State {}

        record Done(Result result) implements State {}

        record Failed(Failure failure) implements State {}
    }

    /// Hard to guess.
    public String id() {
        return id;
    }

    /// Whose it is.
    public Tenant tenant() {
        return tenant;
    }

    public Kind kind() {
        return kind;
    }

    /// What it is about: `coco`, `coco@2` or `coco@production`.
    public String target() {
        return target;
    }

    public Instant beganAt() {
        return beganAt;
    }

    public Progress progress() {
        return progress;
    }

    public State state() {
        return switch (ended.state()) {
            case RUNNING -> new State.Running();
            case SUCCESS -> new State.Done(ended.resultNow());
            case FAILED -> new State.Failed(Failures.of(ended.exceptionNow()));
            case CANCELLED -> throw new IllegalStateException("nobody cancels an operation");
        };
    }

    /// Waits for its end.
    ///
    /// @param limit how long; empty waits until it comes
    /// @return empty if the time was over before
    /// @throws FailureException if it failed
    public Optional<Result> await(Optional<Duration> limit) throws InterruptedException {
        try {
            return Optional.of(
                    limit.isPresent() ? ended.get(limit.get().toNanos(), TimeUnit.NANOSECONDS) : ended.get());
        } catch (TimeoutException _) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new FailureException(Failures.of(e), Failures.unwrapped(e));
        }
    }

    /// Waits for its end, however it ends, but no longer than that.
    public void awaitEnd(Duration limit) throws InterruptedException {
        try {
            var _ = await(Optional.of(limit));
        } catch (FailureException _) {
            // The state tells.
        }
    }

    void progress(Progress now) {
        progress = now;
    }

    void done(Result result) {
        ended.complete(result);
    }

    void failed(Throwable thrown) {
        ended.completeExceptionally(thrown);
    }

    boolean hasEnded() {
        return ended.isDone();
    }
}
