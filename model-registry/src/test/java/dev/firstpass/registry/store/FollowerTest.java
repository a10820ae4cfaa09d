package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.RegistryException.Unavailable;
import dev.firstpass.registry.Replica;
import dev.firstpass.registry.Replica.Residency;
import dev.firstpass.registry.store.ChangeFeed.Changes;
import dev.firstpass.registry.store.ChangeFeed.Wish;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/// The order in which a server takes changes over, tells that it knows them, and tries again.
final class FollowerTest {
    private static final ModelRef.Numbered VERSION = new ModelRef.Numbered(new ModelName("coco"), 2);
    private static final Wish WISH = new Wish(7, VERSION);
    private static final Replica OTHER = new Replica("b-1234", Map.of(VERSION, Residency.LOADING));

    private final Feed feed = new Feed();

    /// What happened, in order.
    private final BlockingQueue<String> log = new LinkedBlockingQueue<>();

    private static Changes upTo(long line, Wish... wishes) {
        return new Changes(List.of(), Map.of(), line, List.of(wishes), List.of(OTHER));
    }

    private Follower follower() {
        return new Follower(
                feed,
                3,
                changes -> log.add("take over " + changes.end()),
                wish -> log.add("fulfil " + wish.id()),
                () -> Map.of(VERSION, Residency.SERVING));
    }

    private void expect(String... steps) throws InterruptedException {
        for (String step : steps) {
            assertEquals(step, log.take());
        }
    }

    @Test
    void changes_areTakenOverBeforeTheyAreToldToBeKnown() throws InterruptedException {
        try (Follower follower = follower()) {
            feed.answers.add(() -> upTo(3));
            expect("next 3", "take over 3", "beat 3", "next 3");
            feed.answers.add(() -> upTo(5));
            follower.awaitBegun();
            expect("take over 5", "beat 5", "next 5");
        }
        assertTrue(log.contains("close"));
    }

    @Test
    void failure_ofTheDatabase_isFollowedByTheSameQuestion() throws InterruptedException {
        try (Follower _ = follower()) {
            feed.answers.add(() -> {
                throw new Unavailable("away", new IllegalStateException());
            });
            feed.answers.add(() -> {
                throw new IllegalStateException("a fault of ours");
            });
            feed.answers.add(() -> upTo(4));
            expect("next 3", "next 3", "next 3", "take over 4", "beat 4", "next 4");
        }
    }

    /// Whether the others live is not known while the database is away.
    @Test
    void others_areKnownUntilTheDatabaseIsAway_andAreToldWhatThereIs() throws InterruptedException {
        try (Follower follower = follower()) {
            assertEquals(List.of(), follower.others());
            feed.answers.add(() -> upTo(3));
            expect("next 3", "take over 3", "beat 3", "next 3");
            assertEquals(List.of(OTHER), follower.others());
            assertEquals(Map.of(VERSION, Residency.SERVING), feed.told.take());
            feed.answers.add(() -> {
                throw new Unavailable("away", new IllegalStateException());
            });
            expect("next 3");
            assertEquals(List.of(), follower.others());
        }
    }

    @Test
    void wish_isBegunOnceAndAskedAgainIfItsAnswerIsLost() throws InterruptedException {
        BlockingQueue<Boolean> outcomes = new LinkedBlockingQueue<>();
        BlockingQueue<Long> fulfilled = new LinkedBlockingQueue<>();
        Follower follower = new Follower(
                feed,
                3,
                _ -> {},
                wish -> {
                    fulfilled.add(wish.id());
                    if (!take(outcomes)) {
                        throw new Unavailable("away", new IllegalStateException());
                    }
                },
                Map::of);
        try (follower) {
            feed.answers.add(() -> upTo(3, WISH));
            assertEquals(7, fulfilled.take());
            feed.answers.add(() -> upTo(3, WISH));
            follower.awaitBegun();
            assertEquals(List.of(), List.copyOf(fulfilled));

            // When the follower has forgotten the first attempt is not heard of, so the wish is there for as long as it
            // takes.
            outcomes.add(false);
            while (fulfilled.isEmpty()) {
                feed.answers.add(() -> upTo(3, WISH));
                Thread.sleep(1);
            }
            assertEquals(7, fulfilled.take());
            outcomes.add(true);
            outcomes.add(true);
        }
    }

    private static boolean take(BlockingQueue<Boolean> outcomes) {
        try {
            return outcomes.take();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void close_endsACallThatWaits() throws InterruptedException {
        Follower follower = follower();
        expect("next 3");
        follower.close();

        expect("close");
        assertEquals(List.of(), List.copyOf(log));
    }

    /// Answers what a test has put there, else waits until it is closed.
    private final class Feed implements ChangeFeed {
        final BlockingQueue<Supplier<Changes>> answers = new LinkedBlockingQueue<>();
        final BlockingQueue<Map<ModelRef.Numbered, Residency>> told = new LinkedBlockingQueue<>();

        @Override
        public Changes next(long known, Duration most) {
            log.add("next " + known);
            try {
                return answers.take().get();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void beat(long known, Map<ModelRef.Numbered, Residency> residency) {
            told.add(residency);
            log.add("beat " + known);
        }

        @Override
        public void close() {
            log.add("close");
            answers.add(() -> {
                throw new Unavailable("closed", new IllegalStateException());
            });
        }
    }
}
