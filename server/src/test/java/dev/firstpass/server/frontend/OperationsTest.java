package dev.firstpass.server.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Long work, and keys by which a repetition of it is known.
final class OperationsTest {
    private static final Operation.Result MOVED = new Operation.Result.Moved("production", 2, List.of());
    private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

    private final RequestThreads threads = new RequestThreads();
    private final AtomicReference<Instant> now = new AtomicReference<>(START);
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Operations operations = new Operations(threads, now::get, new Operations.InFlight() {
        @Override
        public void began() {
            inFlight.incrementAndGet();
        }

        @Override
        public void ended() {
            inFlight.decrementAndGet();
        }
    });

    @AfterEach
    void stop() {
        threads.close();
    }

    private Operation begin(Optional<IdempotencyKey> key, Operations.Work work) {
        return operations.begin(Tenant.LOCAL, key, Operation.Kind.ALIAS, "coco@production", work);
    }

    private static Optional<IdempotencyKey> key(String key, String request) {
        return Optional.of(new IdempotencyKey(key, request));
    }

    private static Reason refusal(FailureException thrown) {
        return thrown.failure().reason();
    }

    @Test
    void operation_tellsHowFarItIs_andWhatCameOfIt() throws InterruptedException {
        CountDownLatch told = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Operation operation = begin(Optional.empty(), progress -> {
            progress.progress(ProgressListener.Step.COPYING, 3, 7);
            told.countDown();
            go.await();
            return MOVED;
        });
        told.await();

        assertEquals(new Operation.Progress("copying", 3, 7), operation.progress());
        assertInstanceOf(Operation.State.Running.class, operation.state());
        assertEquals(Optional.empty(), operation.await(Optional.of(Duration.ZERO)));
        assertSame(operation, operations.find(Tenant.LOCAL, operation.id()));
        assertEquals(1, inFlight.get());
        go.countDown();
        assertEquals(Optional.of(MOVED), operation.await(Optional.empty()));
        assertEquals(new Operation.State.Done(MOVED), operation.state());
        assertEquals(0, inFlight.get());
    }

    @Test
    void operation_thatFails_saysWhy() {
        Operation operation = begin(Optional.empty(), _ -> {
            throw new RegistryException.PreconditionFailed("it means 3");
        });

        FailureException thrown = assertThrows(FailureException.class, () -> operation.await(Optional.empty()));
        assertEquals(Reason.PRECONDITION_FAILED, refusal(thrown));
        assertEquals(
                new Operation.State.Failed(Failure.of(Reason.PRECONDITION_FAILED, "it means 3")), operation.state());
        assertEquals(0, inFlight.get());
    }

    @Test
    void sameKey_sameRequest_isDoneOnce_alsoWhileUnderWay() throws InterruptedException {
        AtomicInteger runs = new AtomicInteger();
        AtomicInteger dropped = new AtomicInteger();
        CountDownLatch go = new CountDownLatch(1);
        Operations.Work work = new Operations.Work() {
            @Override
            public Operation.Result run(ProgressListener progress) throws Exception {
                runs.incrementAndGet();
                go.await();
                return MOVED;
            }

            @Override
            public void drop() {
                dropped.incrementAndGet();
            }
        };
        Operation first = begin(key("k", "a"), work);
        Operation second = begin(key("k", "a"), work);
        go.countDown();
        first.await(Optional.empty());
        Operation third = begin(key("k", "a"), work);
        Operation other = begin(key("l", "a"), work);
        other.await(Optional.empty());

        assertSame(first, second);
        assertSame(first, third);
        assertNotSame(first, other);
        assertEquals(2, runs.get());
        assertEquals(2, dropped.get());
    }

    @Test
    void sameKey_anotherRequest_isRefused() throws InterruptedException {
        begin(key("k", "a"), _ -> MOVED).await(Optional.empty());

        FailureException thrown = assertThrows(FailureException.class, () -> begin(key("k", "b"), _ -> MOVED));
        assertEquals(Reason.ALREADY_EXISTS, refusal(thrown));
        assertEquals(Optional.of("Idempotency-Key"), thrown.failure().field());
    }

    /// What the caller did wrong stays wrong; what was the server's fault, or only a matter of time, may be tried again.
    @Test
    void failure_isRepeated_onlyIfItIsFinal() {
        AtomicInteger runs = new AtomicInteger();
        for (Reason reason : List.of(Reason.ARTIFACT_REJECTED, Reason.STORAGE_FULL, Reason.OVERLOADED)) {
            runs.set(0);
            for (int i = 0; i < 2; i++) {
                Operation operation = begin(key(reason.name(), "a"), _ -> {
                    runs.incrementAndGet();
                    throw Failure.of(reason, "x").asException();
                });
                assertThrows(FailureException.class, () -> operation.await(Optional.empty()));
            }
            assertEquals(reason == Reason.ARTIFACT_REJECTED ? 1 : 2, runs.get(), reason::name);
        }
    }

    @Test
    void keys_areForgottenWithTheirAge() throws InterruptedException {
        Operation first = begin(key("k", "a"), _ -> MOVED);
        first.await(Optional.empty());
        now.set(START.plus(Duration.ofHours(25)));

        assertTrue(operations.list(Tenant.LOCAL).isEmpty());
        assertEquals(
                Reason.OPERATION_NOT_FOUND,
                refusal(assertThrows(FailureException.class, () -> operations.find(Tenant.LOCAL, first.id()))));
        assertNotSame(first, begin(key("k", "b"), _ -> MOVED));
    }

    @Test
    void number_isBounded_oldestEndedFirst() throws InterruptedException {
        Operation first = begin(key("first", "a"), _ -> MOVED);
        first.await(Optional.empty());
        for (int i = 0; i < 1023; i++) {
            begin(key("k" + i, "a"), _ -> MOVED).await(Optional.empty());
        }
        assertSame(first, begin(key("first", "a"), _ -> MOVED), "who asks for it pushes nobody out");
        begin(key("k1023", "a"), _ -> MOVED).await(Optional.empty());

        assertEquals(1024, operations.list(Tenant.LOCAL).size());
        assertThrows(FailureException.class, () -> operations.find(Tenant.LOCAL, first.id()));
        assertNotSame(first, begin(key("first", "a"), _ -> MOVED));
    }

    @Test
    void running_areBounded_andTheRestIsDropped() {
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger dropped = new AtomicInteger();
        List<Operation> running = new ArrayList<>();
        for (int i = 0; i < 256; i++) {
            running.add(begin(Optional.empty(), _ -> {
                go.await();
                return MOVED;
            }));
        }
        FailureException thrown = assertThrows(
                FailureException.class,
                () -> begin(Optional.empty(), new Operations.Work() {
                    @Override
                    public Operation.Result run(ProgressListener progress) {
                        throw new IllegalStateException("it is not to be run");
                    }

                    @Override
                    public void drop() {
                        dropped.incrementAndGet();
                    }
                }));

        assertEquals(Reason.OVERLOADED, refusal(thrown));
        assertEquals(1, dropped.get());
        go.countDown();
        running.forEach(operation -> assertEquals(Optional.of(MOVED), result(operation)));
        assertEquals(Optional.of(MOVED), result(begin(Optional.empty(), _ -> MOVED)));
    }

    private static Optional<Operation.Result> result(Operation operation) {
        try {
            return operation.await(Optional.empty());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void keys_thatAreNone_areRefused() {
        for (String bad : List.of("", "a b", "a\tb", "\u00e9", "x".repeat(129), "a\nb")) {
            assertEquals(
                    Reason.ARGUMENT_INVALID,
                    refusal(assertThrows(FailureException.class, () -> new IdempotencyKey(bad, "a"))));
        }
    }
}
