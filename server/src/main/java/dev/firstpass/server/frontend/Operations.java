package dev.firstpass.server.frontend;

import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.audit.Principal;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Long work on the registry: it runs on threads of its own, so that it outlives the request that asked for it, and can be
/// asked for afterwards. Requests that carry the same key get the same operation.
///
/// Bounded: so many may run, and so many are remembered, for so long. It does not outlast the process: what a restart
/// cuts off is not acknowledged to anybody.
///
/// Thread-safe.
public final class Operations {
    private static final Logger LOG = LoggerFactory.getLogger(Operations.class);
    private static final int MAX_RUNNING = 256;
    private static final int MAX_REMEMBERED = 1024;
    private static final Duration MAX_AGE = Duration.ofHours(24);

    private final RequestThreads threads;
    private final InstantSource clock;
    private final InFlight inFlight;
    private final Map<String, Remembered> remembered = new LinkedHashMap<>();
    private final Map<Named, Remembered> byKey = new LinkedHashMap<>();
    private int running;

    public Operations(RequestThreads threads, InstantSource clock, InFlight inFlight) {
        this.threads = threads;
        this.clock = clock;
        this.inFlight = inFlight;
    }

    /// Hears of work that a server that goes down should wait for.
    public interface InFlight {
        InFlight IGNORED = new InFlight() {
            @Override
            public void began() {}

            @Override
            public void ended() {}
        };

        void began();

        void ended();
    }

    /// The work itself. Either of its methods is called, once.
    @FunctionalInterface
    public interface Work {
        /// Blocks.
        Operation.Result run(ProgressListener progress) throws Exception;

        /// Lets go of what `run` would have needed.
        default void drop() {}
    }

    private record Remembered(Operation operation, Optional<IdempotencyKey> key) {
        Optional<Named> name() {
            return key.map(given -> new Named(operation.tenant(), given.key()));
        }
    }

    /// Tenants' keys have nothing to do with each other.
    private record Named(Tenant tenant, String key) {}

    /// Begins work in the name of whom the calling thread works for, unless it was begun under the same key before.
    ///
    /// @param tenant whose it is: nobody else finds it
    /// @param work dropped if it was, and if this throws
    /// @throws dev.firstpass.server.failure.FailureException ALREADY_EXISTS if the key stands for another request,
    ///     OVERLOADED if too much is under way
    public Operation begin(Tenant tenant, Optional<IdempotencyKey> key, Operation.Kind kind, String target, Work work) {
        boolean[] isRun = {false};
        try {
            return begin(tenant, key, kind, target, work, isRun);
        } finally {
            if (!isRun[0]) {
                work.drop();
            }
        }
    }

    private Operation begin(
            Tenant tenant,
            Optional<IdempotencyKey> key,
            Operation.Kind kind,
            String target,
            Work work,
            boolean[] isRun) {
        Operation operation;
        synchronized (this) {
            forget(0);
            Optional<Operation> known = key.flatMap(given -> known(tenant, given));
            if (known.isPresent()) {
                return known.get();
            }
            forget(1);
            if (running >= MAX_RUNNING) {
                throw Failure.overloaded("too many changes of the registry are under way (expected: at most "
                                + MAX_RUNNING + ")")
                        .asException();
            }
            operation = new Operation(UUID.randomUUID().toString(), tenant, kind, target, clock.instant());
            Remembered entry = new Remembered(operation, key);
            remembered.put(operation.id(), entry);
            entry.name().ifPresent(name -> byKey.put(name, entry));
            running++;
            inFlight.began();
        }
        start(operation, work);
        isRun[0] = true;
        return operation;
    }

    private Optional<Operation> known(Tenant tenant, IdempotencyKey key) {
        Optional<Remembered> known = Optional.ofNullable(byKey.get(new Named(tenant, key.key())));
        known.flatMap(Remembered::key)
                .filter(first -> !first.request().equals(key.request()))
                .ifPresent(_ -> {
                    throw Failure.ofField(
                                    Reason.ALREADY_EXISTS,
                                    "Idempotency-Key",
                                    "Idempotency-Key: stands for another request (expected: a new one)")
                            .asException();
                });
        return known.map(Remembered::operation);
    }

    private void start(Operation operation, Work work) {
        try {
            String principal = Principal.current();
            var _ = threads.run(() -> run(operation, principal, work));
        } catch (RuntimeException e) {
            forgetKey(operation);
            end();
            operation.failed(e);
            throw e;
        }
    }

    private void run(Operation operation, String principal, Work work) {
        ProgressListener listener = (step, done, total) ->
                operation.progress(new Operation.Progress(step.name().toLowerCase(Locale.ROOT), done, total));
        try {
            Operation.Result result = Principal.<Operation.Result, Exception>call(principal, () -> work.run(listener));
            end();
            operation.done(result);
        } catch (Throwable thrown) {
            Failure failure = Failures.of(thrown);
            if (Failures.isFault(failure)) {
                LOG.error("operation {} failed: {}", operation.id(), failure.reason(), thrown);
            }
            if (!isFinal(failure)) {
                forgetKey(operation);
            }
            end();
            operation.failed(thrown);
        }
    }

    /// Whether the very same request would fail in the same way again. Else the key is free for another attempt.
    private static boolean isFinal(Failure failure) {
        return failure.reason().httpStatus() < 500 && !failure.reason().retryable();
    }

    private synchronized void forgetKey(Operation operation) {
        byKey.values().removeIf(entry -> entry.operation().equals(operation));
    }

    private synchronized void end() {
        running--;
        inFlight.ended();
    }

    /// What has ended and is too old, or too much.
    ///
    /// @param more that are about to be added
    private void forget(int more) {
        Instant oldest = clock.instant().minus(MAX_AGE);
        Iterator<Remembered> entries = remembered.values().iterator();
        int surplus = remembered.size() + more - MAX_REMEMBERED;
        while (entries.hasNext()) {
            Remembered entry = entries.next();
            boolean old = entry.operation().beganAt().isBefore(oldest);
            if (entry.operation().hasEnded() && (old || surplus > 0)) {
                entries.remove();
                entry.name().ifPresent(name -> byKey.remove(name, entry));
                surplus--;
            }
        }
    }

    /// Those of a tenant that are under way or remembered, the newest first.
    public synchronized List<Operation> list(Tenant tenant) {
        forget(0);
        List<Operation> operations = new ArrayList<>();
        remembered.values().stream()
                .map(Remembered::operation)
                .filter(operation -> operation.tenant().equals(tenant))
                .forEach(operations::addFirst);
        return operations;
    }

    /// @throws dev.firstpass.server.failure.FailureException OPERATION_NOT_FOUND if the tenant has none of this id
    public synchronized Operation find(Tenant tenant, String id) {
        forget(0);
        return Optional.ofNullable(remembered.get(id))
                .map(Remembered::operation)
                .filter(operation -> operation.tenant().equals(tenant))
                .orElseThrow(
                        () -> Failure.of(Reason.OPERATION_NOT_FOUND, "operation: there is none of this id, or no more")
                                .asException());
    }
}
