package dev.firstpass.loadtest.gate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.loadtest.drive.Answer;
import dev.firstpass.loadtest.drive.Ask;
import dev.firstpass.loadtest.drive.Door;
import dev.firstpass.loadtest.drive.OpenLoop;
import dev.firstpass.loadtest.drive.Photos;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class TrialTest {
    private static final int UNIQUE = 3 * Long.BYTES;

    private final List<Ask> asks = new ArrayList<>();
    private final Door door = new Door() {
        @Override
        public CompletableFuture<Answer> send(Ask ask) {
            asks.add(ask);
            return CompletableFuture.completedFuture(
                    ask.model().equals("m@2") ? new Answer(Answer.Outcome.REFUSED, "OVERLOADED") : Answer.GOOD);
        }

        @Override
        public void close() {}
    };

    @Test
    void versions_takeTurnsWithTheSamePhotos() throws IOException, InterruptedException {
        Plan plan = new Plan("m@1", "m@2", 2000, 0.01, 4, false, Optional.empty(), 1);
        List<Integer> told = new ArrayList<>();

        Trial.Measured measured = new Trial(plan, Photos.of(Optional.empty(), 1), new OpenLoop()).run(door, told::add);

        assertEquals(List.of(1, 2, 3, 4), told);
        assertEquals(4, measured.pairs().size());
        // The warm-up, which is a pair as well, begins with the candidate; then they begin in turn.
        List<String> turns = turns();
        assertEquals(List.of("m@2", "m@1", "m@2", "m@1", "m@2", "m@1"), turns);
        Pair first = measured.pairs().getFirst();
        assertEquals(first.stable().millis().length, first.candidate().errors());
        assertEquals(0, first.stable().errors());
        assertEquals(List.of("m@2"), List.copyOf(measured.reasons().keySet()));
        assertSamePhotos(measured);
        GateResult result = GateResult.of("http://x", plan, measured, Judgement.undecided("<script>"));
        String page = GatePage.of(result);
        assertFalse(page.contains("<script"), page);
        assertTrue(page.contains("&lt;script&gt;"), page);
        assertTrue(String.join("\n", GateText.lines(result)).contains("OVERLOADED"));
        assertEquals(Map.of(), result.stable().reasons());
    }

    /// Who is asked, without repetitions.
    private List<String> turns() {
        List<String> turns = new ArrayList<>();
        for (Ask ask : asks) {
            if (turns.isEmpty() || !turns.getLast().equals(ask.model())) {
                turns.add(ask.model());
            }
        }
        return turns;
    }

    private void assertSamePhotos(Trial.Measured measured) {
        int size = measured.pairs().getLast().stable().millis().length;
        List<Ask> last = asks.subList(asks.size() - 2 * size, asks.size());
        for (int i = 0; i < size; i++) {
            assertArrayEquals(image(last.get(i)), image(last.get(size + i)));
            assertFalse(Arrays.equals(last.get(i).image(), last.get(size + i).image()));
        }
    }

    private static byte[] image(Ask ask) {
        return Arrays.copyOf(ask.image(), ask.image().length - UNIQUE);
    }
}
