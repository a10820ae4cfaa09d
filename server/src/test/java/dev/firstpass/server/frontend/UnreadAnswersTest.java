package dev.firstpass.server.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class UnreadAnswersTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final AtomicLong clock = new AtomicLong();
    private final UnreadAnswers unread =
            new UnreadAnswers(Limits.STANDARD.withUnread(100, Duration.ofSeconds(10)), 150, clock::get);
    private final EmbeddedChannel first = new EmbeddedChannel();
    private final EmbeddedChannel second = new EmbeddedChannel();

    @Test
    void enter_beyondTheConnectionsShare_isRefusedUntilSomethingIsRead() {
        UnreadAnswers.Stay stay = unread.enter(first, 60, true);
        refused(first, 41, true);
        refused(first, 41, false);
        unread.enter(first, 40, true).leave();
        unread.enter(second, 100, true).leave();
        stay.leave();
        unread.enter(first, 100, true).leave();
        assertEquals(0, unread.bytes());
    }

    @Test
    void enter_oneAnswerLargerThanAllThatIsAllowed_isTaken() {
        UnreadAnswers.Stay stay = unread.enter(first, 1000, false);
        assertEquals(1000, unread.bytes());
        stay.leave();
        assertEquals(0, unread.bytes());
    }

    @Test
    void enter_noRoomForACopy_closesWhoHasNotReadForLongest() {
        unread.enter(first, 80, false);
        clock.addAndGet(SECOND / 2);
        unread.enter(second, 60, false);
        EmbeddedChannel third = new EmbeddedChannel();
        refused(third, 20, false);
        assertTrue(first.isOpen(), "it has read a moment ago, for all that is known");
        clock.addAndGet(SECOND / 2);
        refused(third, 20, false);
        assertFalse(first.isOpen());
        assertTrue(second.isOpen());
    }

    @Test
    void sweep_closesWhoDoesNotReadInTime() {
        unread.enter(first, 1, true);
        clock.addAndGet(5 * SECOND);
        UnreadAnswers.Stay later = unread.enter(second, 1, true);
        clock.addAndGet(5 * SECOND);
        unread.sweep();
        assertTrue(first.isOpen());
        clock.addAndGet(SECOND);
        unread.sweep();
        assertFalse(first.isOpen());
        assertTrue(second.isOpen());
        later.leave();
        clock.addAndGet(100 * SECOND);
        unread.sweep();
        assertTrue(second.isOpen(), "it has read everything");
    }

    @Test
    void sweep_largeAnswer_hasMoreTime() {
        unread.enter(first, 4 << 20, true);
        clock.addAndGet(13 * SECOND);
        unread.sweep();
        assertTrue(first.isOpen(), "4 s more for 4 MiB");
        clock.addAndGet(2 * SECOND);
        unread.sweep();
        assertFalse(first.isOpen());
    }

    /// In HTTP/2 answers are read in any order.
    @Test
    void sweep_oldestOfSeveral_counts() {
        UnreadAnswers.Stay oldest = unread.enter(first, 1, true);
        clock.addAndGet(8 * SECOND);
        unread.enter(first, 1, true).leave();
        UnreadAnswers.Stay last = unread.enter(first, 1, true);
        clock.addAndGet(SECOND);
        oldest.leave();
        clock.addAndGet(4 * SECOND);
        unread.sweep();
        assertTrue(first.isOpen());
        last.leave();
        assertEquals(0, unread.bytes());
    }

    /// Whatever enters and leaves in whatever order: sums are kept, and in the end nothing is left.
    @Property(tries = 200)
    void leave_inAnyOrder_allIsGivenBack(@ForAll List<@IntRange(min = 1, max = 60) Integer> answers) {
        List<UnreadAnswers.Stay> stays = new ArrayList<>();
        long bytes = 0;
        for (int answer : answers) {
            try {
                stays.add(unread.enter(answer % 2 == 0 ? first : second, answer, answer % 3 == 0));
                bytes += answer;
            } catch (FailureException _) {
                assertTrue(bytes > 0);
            }
            assertEquals(bytes, unread.bytes());
            if (answer % 5 == 0 && !stays.isEmpty()) {
                stays.remove(answer % stays.size()).leave();
                bytes = unread.bytes();
            }
        }
        stays.forEach(UnreadAnswers.Stay::leave);
        assertEquals(0, unread.bytes());
        unread.enter(first, 100, false).leave();
    }

    private void refused(EmbeddedChannel channel, long bytes, boolean isLent) {
        FailureException thrown = assertThrows(FailureException.class, () -> unread.enter(channel, bytes, isLent));
        assertEquals(Reason.OVERLOADED, thrown.failure().reason());
    }
}
