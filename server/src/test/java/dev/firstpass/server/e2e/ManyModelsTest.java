package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Twelve models of different sizes on a server with room for four, and random demand: all requests are answered, models
/// never hold more than they may, and all of it comes back: to what the server held when each had been asked once and was
/// unloaded. A short run in workers always; 20 minutes in all with `-Plong`.
final class ManyModelsTest {
    private static final boolean LONG = Boolean.getBoolean("firstpass.long");
    private static final Duration RUN = LONG ? Duration.ofMinutes(10) : Duration.ofSeconds(4);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);
    private static final int MODELS = LONG ? 12 : 6;
    private static final int CLIENTS = 8;
    private static final long MIB = 1 << 20;
    private static final long SMALLEST = 12 * MIB;
    private static final long STEP = 4 * MIB;

    /// On a busy machine the time alone is too short to fill the budget.
    private static final int LEAST_ANSWERS = 8 * MODELS;

    /// Of the models, on average.
    private static final int FIT = LONG ? 4 : 3;

    /// What so many hold once they were measured, and what loading one takes besides.
    private static final long BUDGET = FIT * (SMALLEST + (MODELS - 1) / 2 * STEP) + 64 * MIB;

    @TempDir
    Path folder = Path.of("");

    /// What is usual; both in the long run.
    static List<String> isolations() {
        return LONG ? List.of("IN_PROCESS", "WORKER") : List.of("WORKER");
    }

    @ParameterizedTest
    @MethodSource("isolations")
    void demand_atRandom_isServedWithinTheBudget(String isolation) throws Exception {
        List<String> models = new ArrayList<>();
        for (int i = 0; i < MODELS; i++) {
            models.add("m" + i + ":" + i + ":" + (SMALLEST + i * STEP));
        }
        try (MeasuredProcess server = MeasuredProcess.start(folder, isolation, BUDGET, models);
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            server.order("register");
            // Once through all, for what a server takes with its first requests, whatever models it has.
            for (int model = 0; model < MODELS; model++) {
                assertEquals(model, server.ask("m" + model).number());
            }
            MeasuredProcess.Measured before = server.order("evict");
            long end = System.nanoTime() + RUN.toNanos();
            AtomicInteger answers = new AtomicInteger();
            ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
            List<Future<?>> running = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                Random random = new Random(client);
                running.add(clients.submit(() -> {
                    while (System.nanoTime() < end || answers.get() < LEAST_ANSWERS) {
                        check(server, random.nextInt(MODELS), failures);
                        answers.incrementAndGet();
                    }
                    return true;
                }));
            }
            long most = 0;
            while (!running.stream().allMatch(Future::isDone)) {
                Thread.sleep(BETWEEN_LOOKS);
                most = Math.max(most, server.residentBytes());
            }
            for (Future<?> client : running) {
                client.get();
            }
            String metrics = server.metrics();
            MeasuredProcess.Measured after = server.order("evict");

            System.out.printf(
                    "%s: %d answers in %d s, %s; at most %d MiB of %d; native %d -> %d MiB, resident %d -> %d MiB%n",
                    isolation,
                    answers.get(),
                    RUN.toSeconds(),
                    counts(metrics),
                    most / MIB,
                    BUDGET / MIB,
                    before.nativeBytes() / MIB,
                    after.nativeBytes() / MIB,
                    before.resident() / MIB,
                    after.resident() / MIB);
            assertEquals(List.of(), failures.stream().limit(3).toList(), server.errors());
            assertTrue(most > BUDGET / 2 && most <= BUDGET, "bytes: " + most + " (expected: <= " + BUDGET + ")");
            assertTrue(
                    after.resident() <= before.resident() * 1.1,
                    () -> "resident: " + after.resident() + " (expected: <= 1.1 x " + before.resident() + ")");
            assertEquals(0, server.residentBytes());
        }
    }

    private static void check(MeasuredProcess server, int model, ConcurrentLinkedQueue<String> failures)
            throws Exception {
        MeasuredProcess.Answer answer = server.ask("m" + model);
        if (answer.status() != 200
                || answer.number() != model
                || !answer.model().equals("m" + model + "@1")) {
            failures.add("m" + model + ": " + answer);
        }
    }

    private static List<String> counts(String metrics) {
        return metrics.lines()
                .filter(line -> line.startsWith("firstpass_model_loads_total")
                        || line.startsWith("firstpass_model_evictions_total"))
                .toList();
    }
}
