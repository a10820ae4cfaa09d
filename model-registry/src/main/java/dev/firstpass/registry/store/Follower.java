package dev.firstpass.registry.store;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.RegistryException.Unavailable;
import dev.firstpass.registry.Replica;
import dev.firstpass.registry.Replica.Residency;
import dev.firstpass.registry.Uninterrupted;
import dev.firstpass.registry.store.ChangeFeed.Changes;
import dev.firstpass.registry.store.ChangeFeed.Wish;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Follows what other servers change in a shared registry, on a thread of its own: polls the feed, takes changes over, and
/// tells the others up to where. While the database is away it tries every quarter of a second.
///
/// Thread-safe. Owns the feed and the thread.
final class Follower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);

    /// Time between two polls, and so between two signs of life.
    private static final Duration POLL = Duration.ofSeconds(1);

    private static final Duration AT_ONCE = Duration.ofMillis(1);
    private static final Duration LONGEST_BEGINNING = Duration.ofSeconds(20);

    private static final Duration RETRY = Duration.ofMillis(250);

    private final ChangeFeed feed;
    private final Consumer<Changes> changes;
    private final Consumer<Wish> wishes;
    private final Supplier<Map<ModelRef.Numbered, Residency>> residency;
    private final CountDownLatch closing = new CountDownLatch(1);

    /// Steps until no change can be missed. The first gives a sign of life, after which the others wait for this server; the
    /// second takes over what they changed without waiting for it.
    private final CountDownLatch beginning = new CountDownLatch(2);

    private final Set<Long> underWay = ConcurrentHashMap.newKeySet();
    private final Thread thread;
    private volatile List<Replica> others = List.of();

    /// @param known the last line of the audit that is known already
    /// @param changes takes them over; they are told to be known when it returns
    /// @param wishes fulfils one and answers it, on a thread of its own; is asked again if it throws
    /// @param residency what this server has in memory; asked with each sign of life
    Follower(
            ChangeFeed feed,
            long known,
            Consumer<Changes> changes,
            Consumer<Wish> wishes,
            Supplier<Map<ModelRef.Numbered, Residency>> residency) {
        this.feed = feed;
        this.changes = changes;
        this.wishes = wishes;
        this.residency = residency;
        this.thread = Thread.ofPlatform().daemon().name("registry-follower").start(() -> follow(known));
    }

    private void follow(long from) {
        long known = from;
        boolean away = false;
        while (closing.getCount() > 0) {
            try {
                known = step(known);
                if (away) {
                    LOG.info("the registry's database is back; known up to line {} of the audit", known);
                }
                away = false;
            } catch (RuntimeException | Error e) {
                // Also an Error: a server that follows no more serves what was, and nobody would know.
                if (closing.getCount() == 0) {
                    return;
                }
                others = List.of();
                if (!away) {
                    say(e);
                }
                away = true;
                pause();
            }
        }
    }

    private static void say(Throwable e) {
        if (e instanceof Unavailable) {
            LOG.warn("{}: serving what was known, and trying again", e.getMessage());
        } else {
            LOG.error("other servers' changes cannot be followed; trying again", e);
        }
    }

    private long step(long known) {
        Changes found = feed.next(known, beginning.getCount() > 0 ? AT_ONCE : POLL);
        changes.accept(found);
        others = found.others();
        feed.beat(found.end(), residency.get());
        for (Wish wish : found.wishes()) {
            if (underWay.add(wish.id())) {
                var _ = Thread.ofVirtual().name("registry-wish").start(() -> fulfil(wish));
            }
        }
        beginning.countDown();
        return found.end();
    }

    /// Waits until no change can be missed: the others wait for this server before they report a change as made, and the
    /// changes made before that are taken over.
    ///
    /// @throws Unavailable if the database does not answer for a while
    void awaitBegun() {
        try {
            if (!beginning.await(LONGEST_BEGINNING.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new Unavailable(
                        "the registry's database does not answer",
                        new IllegalStateException("nothing can be followed"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unavailable("the start was broken off", e);
        }
    }

    /// The live servers beside this one, as they were a second or two ago; none while the database does not answer, since
    /// whether they live is not known then.
    List<Replica> others() {
        return others;
    }

    private void fulfil(Wish wish) {
        try {
            wishes.accept(wish);
        } catch (RuntimeException e) {
            LOG.warn(
                    "{}: what came of getting it ready could not be told",
                    wish.version().qualified(),
                    e);
        } finally {
            underWay.remove(wish.id());
        }
    }

    private void pause() {
        try {
            var _ = closing.await(RETRY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    @Override
    public void close() {
        closing.countDown();
        feed.close();
        Uninterrupted.join(thread);
    }
}
