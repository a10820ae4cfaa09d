package dev.firstpass.loadtest.paced;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.loadtest.drive.Answer;
import dev.firstpass.loadtest.drive.Arrivals;
import dev.firstpass.loadtest.drive.Ask;
import dev.firstpass.loadtest.drive.Door;
import dev.firstpass.loadtest.drive.HttpDoor;
import dev.firstpass.loadtest.drive.OpenLoop;
import dev.firstpass.loadtest.drive.Shot;
import dev.firstpass.loadtest.overload.Pictures;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/// Clients that ask again at once, three times, when they are told that there is too much work, whatever `Retry-After` says.
@Isolated
@Timeout(120)
final class RetryStormTest {
    private static final int SIDE = 64;
    private static final int RETRIES = 3;
    private static final double SECONDS = 4;
    private static final Duration LIMIT = Duration.ofSeconds(2);

    /// A second: more than twice what the device does, which takes 36 ms and 9 ms for each row.
    private static final double RATE = 250;

    /// A second. With less in time, it is the machine that does nothing.
    private static final double LEAST = 40;

    @TempDir
    Path folder = Path.of("");

    @Test
    @EnabledIfSystemProperty(named = "firstpass.faults", matches = "true")
    void goodput_besideClientsThatRetryAtOnce_doesNotFall() throws Exception {
        try (PacedServer server = PacedServer.start(folder, 1, Map.of());
                Door door = new HttpDoor(server.url(), Duration.ofSeconds(30))) {
            server.register("paced", Pace.GPU.times(6));
            // Until compilers have seen everything.
            goodput(door, 100);
            double patient = goodput(door, 1);
            assertTrue(patient >= LEAST, () -> "in time a second, without retries: " + patient);
            Tally before = server.tally();
            try (Retrying retrying = new Retrying(door)) {
                double stormy = goodput(retrying, 1);
                System.out.printf(
                        "in time a second: %.0f where nobody asks again, %.0f beside %d retries%n",
                        patient, stormy, retrying.retries());
                assertTrue(retrying.retries() > RATE, () -> "retries: " + retrying.retries());
                assertTrue(stormy >= 0.9 * patient, () -> "a second: " + stormy + ", without retries " + patient);
            }
            assertEquals(0, server.tally().since(before).begunLate());
        }
    }

    /// Answers in time a second.
    private static double goodput(Door door, long seed) throws InterruptedException {
        long[] arrivals = Arrivals.poisson(RATE, SECONDS, seed);
        AtomicInteger number = new AtomicInteger();
        List<Shot> shots = new OpenLoop()
                .drive(
                        door,
                        arrivals,
                        (_, _) -> new Ask(
                                "paced",
                                Pictures.marked(SIDE, System.nanoTime() + LIMIT.toNanos() + number.getAndIncrement()),
                                false,
                                Optional.of(LIMIT)),
                        Duration.ofSeconds(15));
        Thread.sleep(LIMIT);
        return shots.stream()
                        .filter(shot -> shot.answer().isGood() && shot.latencyNanos() <= LIMIT.toNanos())
                        .count()
                / SECONDS;
    }

    /// A door whose clients do not take no for an answer.
    ///
    /// Thread-safe. The door beneath stays open.
    private static final class Retrying implements Door {
        private final Door door;
        private final AtomicInteger retries = new AtomicInteger();

        Retrying(Door door) {
            this.door = door;
        }

        int retries() {
            return retries.get();
        }

        @Override
        public CompletableFuture<Answer> send(Ask ask) {
            return send(ask, RETRIES);
        }

        private CompletableFuture<Answer> send(Ask ask, int left) {
            return door.send(ask).thenCompose(answer -> {
                if (left == 0 || answer.outcome() != Answer.Outcome.REFUSED) {
                    return CompletableFuture.completedFuture(answer);
                }
                retries.incrementAndGet();
                return send(ask, left - 1);
            });
        }

        @Override
        public void close() {}
    }
}
