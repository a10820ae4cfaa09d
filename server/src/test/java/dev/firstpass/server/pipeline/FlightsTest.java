package dev.firstpass.server.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.server.call.CacheUse;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.image.ImageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class FlightsTest {
    private static final Findings FOUND = new Findings(new ImageSize(1, 1), List.of(), List.of());
    private static final FindingsKey KEY =
            new FindingsKey("local", "sha256:1", "sha256:v", new Prompt.None(), LabelingSpec.NONE);

    private final Flights<FindingsKey, Findings> flights = new Flights<>();
    private final AtomicInteger made = new AtomicInteger();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CompletableFuture<Findings> leaders = new CompletableFuture<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    private static Deadline far() {
        return Deadline.after(Duration.ofMinutes(1), System::nanoTime);
    }

    /// Begins to make what comes when the test says so.
    private Future<Flights.Made<Findings>> leader() throws InterruptedException {
        Future<Flights.Made<Findings>> leader =
                threads.submit(() -> flights.make(KEY, Priority.INTERACTIVE, far(), this::whenTold));
        begun.await();
        return leader;
    }

    private Findings whenTold() throws InterruptedException {
        made.incrementAndGet();
        begun.countDown();
        try {
            return leaders.get();
        } catch (ExecutionException e) {
            throw (RuntimeException) e.getCause();
        }
    }

    private Findings own() {
        made.incrementAndGet();
        return FOUND;
    }

    private List<Future<Flights.Made<Findings>>> followers(int count) throws InterruptedException {
        List<Future<Flights.Made<Findings>>> followers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            followers.add(threads.submit(() -> flights.make(KEY, Priority.INTERACTIVE, far(), this::own)));
        }
        while (flights.waiting() < count) {
            Thread.sleep(1);
        }
        return followers;
    }

    @Test
    void theSameAtOnce_isMadeOnce() throws Exception {
        Future<Flights.Made<Findings>> leader = leader();
        List<Future<Flights.Made<Findings>>> followers = followers(20);
        leaders.complete(FOUND);
        assertEquals(new Flights.Made<>(FOUND, false), leader.get());
        for (Future<Flights.Made<Findings>> follower : followers) {
            assertEquals(new Flights.Made<>(FOUND, true), follower.get());
        }
        assertEquals(1, made.get());
        assertEquals(new Flights.Made<>(FOUND, false), flights.make(KEY, Priority.INTERACTIVE, far(), this::own));
    }

    @Test
    void theFirstIsCancelled_theOthersGoOn() throws Exception {
        Future<Flights.Made<Findings>> leader = leader();
        List<Future<Flights.Made<Findings>>> followers = followers(3);
        leader.cancel(true);
        for (Future<Flights.Made<Findings>> follower : followers) {
            assertEquals(new Flights.Made<>(FOUND, false), follower.get());
        }
        assertEquals(4, made.get());
    }

    @Test
    void theFirstIsTooLate_theOthersGoOn() throws Exception {
        var _ = leader();
        List<Future<Flights.Made<Findings>>> followers = followers(2);
        leaders.completeExceptionally(
                Failure.of(Reason.DEADLINE_EXCEEDED, "late").asException());
        for (Future<Flights.Made<Findings>> follower : followers) {
            assertEquals(new Flights.Made<>(FOUND, false), follower.get());
        }
    }

    @Test
    void theAssetIsBroken_allHearOfIt() throws Exception {
        Future<Flights.Made<Findings>> leader = leader();
        List<Future<Flights.Made<Findings>>> followers = followers(2);
        leaders.completeExceptionally(new ImageException.Undecodable("no image"));
        assertInstanceOf(
                ImageException.Undecodable.class,
                assertThrows(ExecutionException.class, leader::get).getCause());
        for (Future<Flights.Made<Findings>> follower : followers) {
            FailureException failure = assertInstanceOf(
                    FailureException.class,
                    assertThrows(ExecutionException.class, follower::get).getCause());
            assertEquals(Reason.IMAGE_UNDECODABLE, failure.failure().reason());
        }
        assertEquals(1, made.get());
    }

    @Test
    void whoWaits_doesSoUntilItsOwnDeadline() throws Exception {
        var _ = leader();
        FailureException failure = assertThrows(
                FailureException.class,
                () -> flights.make(
                        KEY, Priority.INTERACTIVE, Deadline.after(Duration.ZERO, System::nanoTime), this::own));
        assertEquals(Reason.DEADLINE_EXCEEDED, failure.failure().reason());
        leaders.complete(FOUND);
    }

    @Test
    void others_doNotWait() throws Exception {
        var _ = leader();
        FindingsKey another = new FindingsKey("other", "sha256:1", "sha256:v", new Prompt.None(), LabelingSpec.NONE);
        assertSame(
                FOUND,
                flights.make(another, Priority.INTERACTIVE, far(), this::own).value());
        assertEquals(new Flights.Made<>(FOUND, false), flights.make(KEY, Priority.BULK, far(), this::own));
        leaders.complete(FOUND);
    }

    /// Who asks from within would wait for itself.
    @Test
    void find_withTheCacheOff_isWorkedOutByEach() throws Exception {
        Caches off = new Caches(
                new ResultCache(0),
                new RefusalCache(0, Duration.ofMinutes(1), System::nanoTime),
                new EmbeddingCache(0));
        Deadline soon = Deadline.after(Duration.ofSeconds(20), System::nanoTime);
        Caches.Found outer = off.find(
                KEY,
                CacheUse.FULL,
                Priority.INTERACTIVE,
                soon,
                () -> off.find(KEY, CacheUse.FULL, Priority.INTERACTIVE, soon, () -> FOUND)
                        .findings());

        assertSame(FOUND, outer.findings());
        assertEquals(CacheOutcome.MISS, outer.outcome());
    }
}
