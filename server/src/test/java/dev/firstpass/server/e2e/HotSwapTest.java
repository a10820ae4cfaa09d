package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// `production` goes from version to version under load: no request fails, none is answered by another version than the
/// answer says, none that begins after a promotion was acknowledged by an earlier one, and memory does not grow. A few
/// swaps of what serves in workers always; a hundred with `-Plong`, in one process too.
final class HotSwapTest {
    private static final boolean LONG = Boolean.getBoolean("firstpass.long");
    private static final int SWAPS = LONG ? 100 : 4;
    private static final int VERSIONS = 4;
    private static final int CLIENTS = 4;
    private static final long MIB = 1 << 20;
    private static final long MOST_GROWTH = 16 * MIB;

    /// A process is not warm after a few swaps; within a hundred it has to be.
    private static final long MOST_RESIDENT_GROWTH = LONG ? MOST_GROWTH : 4 * MOST_GROWTH;

    private static final long MOST_DESCRIPTORS_MORE = 8;

    /// Longer than any request takes to begin.
    private static final int ANSWERS_BETWEEN_SWAPS = 20;

    @TempDir
    Path folder = Path.of("");

    static List<Arguments> budgets() {
        Arguments workers = Arguments.of("WORKER", 16, 112);
        Arguments tight = Arguments.of("IN_PROCESS", 64, 170);
        return LONG ? List.of(workers, tight, Arguments.of("IN_PROCESS", 16, 112)) : List.of(workers);
    }

    /// With room for three of the four versions, or for one alone, which then gives its place to the next: beside it there
    /// is none for the next to load, which takes twice the file's bytes.
    @ParameterizedTest
    @MethodSource("budgets")
    void production_movedUnderLoad_isAnsweredByOneVersionAtATime(String isolation, long mib, long budgetMib)
            throws Exception {
        List<String> models = new ArrayList<>();
        for (int version = 1; version <= VERSIONS; version++) {
            models.add("m:" + version + ":" + mib * MIB);
        }
        try (MeasuredProcess server = MeasuredProcess.start(folder, isolation, budgetMib * MIB, models);
                Crowd crowd = new Crowd(server)) {
            server.order("register");
            List<MeasuredProcess.Measured> measured = new ArrayList<>();
            for (int swap = 1; swap <= SWAPS; swap++) {
                crowd.promote(1 + swap % VERSIONS);
                crowd.awaitAnswers(ANSWERS_BETWEEN_SWAPS);
                measured.add(server.order("measure"));
            }
            crowd.stop();
            String metrics = server.metrics();

            System.out.printf(
                    "%s, %d MiB of %d MiB: %d swaps, %d answers; %s%n",
                    isolation, mib, budgetMib, SWAPS, crowd.answers.get(), summary(measured));
            assertEquals(List.of(), crowd.failures.stream().limit(3).toList(), server.errors());
            assertTrue(metrics.contains("firstpass_swap_total{result=\"made\"} " + (double) SWAPS), metrics);
            assertTrue(metrics.contains("firstpass_swap_total{result=\"refused\"} 0.0"), metrics);
            assertFlat("heap", measured, MeasuredProcess.Measured::heap, MOST_GROWTH);
            assertFlat("direct", measured, MeasuredProcess.Measured::direct, MOST_GROWTH);
            assertFlat("resident", measured, MeasuredProcess.Measured::resident, MOST_RESIDENT_GROWTH);
            assertFlat("descriptors", measured, MeasuredProcess.Measured::descriptors, MOST_DESCRIPTORS_MORE);
        }
    }

    private static void assertFlat(
            String what,
            List<MeasuredProcess.Measured> measured,
            ToLongFunction<MeasuredProcess.Measured> value,
            long mostGrowth) {
        long before = median(measured, value, 1);
        long after = median(measured, value, 3);
        assertTrue(after <= before + mostGrowth, () -> what + ": " + before + " -> " + after);
    }

    /// Of one quarter of the samples.
    private static long median(
            List<MeasuredProcess.Measured> measured, ToLongFunction<MeasuredProcess.Measured> value, int quarter) {
        int size = measured.size() / 4;
        List<Long> sorted = measured.subList(quarter * size, (quarter + 1) * size).stream()
                .map(value::applyAsLong)
                .sorted()
                .toList();
        return sorted.get(size / 2);
    }

    private static String summary(List<MeasuredProcess.Measured> measured) {
        return "heap %d -> %d, direct %d -> %d, resident %d -> %d MiB, descriptors %d -> %d"
                .formatted(
                        median(measured, MeasuredProcess.Measured::heap, 1) / MIB,
                        median(measured, MeasuredProcess.Measured::heap, 3) / MIB,
                        median(measured, MeasuredProcess.Measured::direct, 1) / MIB,
                        median(measured, MeasuredProcess.Measured::direct, 3) / MIB,
                        median(measured, MeasuredProcess.Measured::resident, 1) / MIB,
                        median(measured, MeasuredProcess.Measured::resident, 3) / MIB,
                        median(measured, MeasuredProcess.Measured::descriptors, 1),
                        median(measured, MeasuredProcess.Measured::descriptors, 3));
    }

    /// Clients that ask for `production` all the time.
    ///
    /// For one thread, apart from the clients' own.
    private static final class Crowd implements AutoCloseable {
        final AtomicInteger answers = new AtomicInteger();
        final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
        private final MeasuredProcess server;
        private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        private final List<Future<?>> clients = new ArrayList<>();
        private final AtomicBoolean stop = new AtomicBoolean();

        /// Every version that `production` was told to mean, in order: it begins as the first.
        private final List<Integer> promised = new CopyOnWriteArrayList<>(List.of(1));

        /// How many of them are acknowledged.
        private final AtomicInteger acknowledged = new AtomicInteger(1);

        Crowd(MeasuredProcess server) {
            this.server = server;
        }

        void promote(int version) throws Exception {
            promised.add(version);
            server.promote("m", version);
            acknowledged.incrementAndGet();
        }

        /// Starts the clients the first time.
        void awaitAnswers(int more) throws Exception {
            for (int i = clients.size(); i < CLIENTS; i++) {
                clients.add(threads.submit(() -> {
                    while (!stop.get()) {
                        check();
                    }
                    return true;
                }));
            }
            int wanted = answers.get() + more;
            while (answers.get() < wanted) {
                Thread.sleep(1);
            }
        }

        private void check() throws Exception {
            int from = acknowledged.get() - 1;
            MeasuredProcess.Answer answer = server.ask("m");
            // A copy, since a part of the list itself may not be looked at once there is one more.
            List<Integer> told = List.copyOf(promised);
            List<Integer> possible = told.subList(from, told.size());
            if (answer.status() != 200
                    || !answer.model().equals("m@" + answer.number())
                    || !possible.contains(answer.number())) {
                failures.add(answer + " (expected: one of " + possible + ")");
            }
            answers.incrementAndGet();
        }

        void stop() throws Exception {
            stop.set(true);
            for (Future<?> client : clients) {
                client.get();
            }
        }

        @Override
        public void close() {
            threads.shutdownNow();
        }
    }
}
