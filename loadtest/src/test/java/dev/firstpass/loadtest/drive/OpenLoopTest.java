package dev.firstpass.loadtest.drive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class OpenLoopTest {
    private static final Ask ASK = new Ask("m", new byte[0], false, Optional.empty());

    private long now = 1_000_000;
    private final OpenLoop loop = new OpenLoop(() -> now, wait -> now += wait);

    @Test
    void requests_areSentWhenTheyAreDue() throws InterruptedException {
        List<Long> sent = new ArrayList<>();
        loop.drive(
                door(() -> sent.add(now)),
                new long[] {10, 10, 500},
                (_, due) -> {
                    assertEquals(0, Math.max(0, due - now));
                    return ASK;
                },
                Duration.ZERO);
        assertEquals(List.of(1_000_010L, 1_000_010L, 1_000_500L), sent);
    }

    /// A server that holds its client up makes it late for the next; that is the server's doing.
    @Test
    void latency_ofARequestThatWasSentLate_countsFromWhenItWasDue() throws InterruptedException {
        List<Shot> shots = loop.drive(door(() -> now += 1000), new long[] {10, 20}, (_, _) -> ASK, Duration.ZERO);
        assertEquals(1000, shots.getFirst().latencyNanos());
        assertEquals(1990, shots.getLast().latencyNanos());
        assertEquals(990, shots.getLast().lagNanos());
    }

    @Test
    void request_withoutAnAnswer_hasFailed() throws InterruptedException {
        Door silent = new Door() {
            @Override
            public CompletableFuture<Answer> send(Ask ask) {
                return new CompletableFuture<>();
            }

            @Override
            public void close() {}
        };
        List<Shot> shots = loop.drive(silent, new long[] {10}, (_, _) -> ASK, Duration.ZERO);
        assertEquals(Answer.Outcome.FAILED, shots.getFirst().answer().outcome());
        assertEquals("no answer", shots.getFirst().answer().reason());
    }

    @Test
    void answers_byTheirStatus_areWhatTheySay() {
        assertEquals(Answer.GOOD, Answer.of(200, ""));
        assertEquals(Answer.Outcome.REFUSED, Answer.of(429, "OVERLOADED").outcome());
        assertEquals(
                Answer.Outcome.TOO_LATE, Answer.of(504, "DEADLINE_EXCEEDED").outcome());
        assertEquals("HTTP 502", Answer.of(502, "").reason());
    }

    private static Door door(Runnable whenSent) {
        return new Door() {
            @Override
            public CompletableFuture<Answer> send(Ask ask) {
                whenSent.run();
                return CompletableFuture.completedFuture(Answer.GOOD);
            }

            @Override
            public void close() {}
        };
    }
}
