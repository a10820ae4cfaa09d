package dev.firstpass.server.frontend.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.server.config.Limits;
import dev.firstpass.server.frontend.TestServer;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/// Each attack again and again for 30 seconds, or as many as `firstpass.long.seconds` says, with the limits that a server has: a
/// good client beside it never fails, and of what ran a hundred times no more than a MiB stays in memory, or not a
/// second time. Those that wait for the server to lose its patience come a hundred at a time. `firstpass.long.attacks`, a regular
/// expression, chooses some by their names.
///
/// Prints how long one in a hundred of the good client's requests took, alone, beside a processor that is busy with something else,
/// and beside each attack, and what stayed in memory; before, each has a few seconds, and then the compilers, to come to an end.
/// Attackers, server and good client share the machine, so the times are upper bounds. What the machine costs where all of its
/// processors are busy, whoever it is, is told first: how often threads stand still that do nothing but read the clock.
@EnabledIfSystemProperty(
        named = "firstpass.long",
        matches = "true",
        disabledReason = "half an hour: only with -Dfirstpass.long=true")
@Isolated("looks at the memory of this process, and at times")
final class LongAttacksTest {
    private static final int SECONDS = Integer.getInteger("firstpass.long.seconds", 30);
    private static final Pattern CHOSEN = Pattern.compile(System.getProperty("firstpass.long.attacks", ""));
    private static final int WARM_UP_SECONDS = 3;
    private static final int MANY = 100;
    private static final int PAUSE_MILLIS = 5;
    private static final double QUANTILE = 0.99;
    private static final long STALL_MILLIS = 3;
    private static final long FLAT_BYTES = 1 << 20;
    private static final int MOST_WAITS = 5;
    private static final int WAIT_MILLIS = 1000;
    private static final int COMPILERS_MILLIS = 3000;
    private static final int MOST_COMPILER_WAITS = 40;

    @TempDir
    Path folder = Path.of("");

    @Test
    void attacks_forALongTime_failNoGoodRequest() throws Exception {
        int processors = Runtime.getRuntime().availableProcessors();
        for (int busy = 1; busy <= processors; busy++) {
            System.out.printf(
                    "%d of %d processors busy, nothing else: %d times in 10 s one stands still for more than %d ms%n",
                    busy, processors, stalls(busy), STALL_MILLIS);
        }
        try (TestServer server = new TestServer(Limits.STANDARD);
                Attacker attacker = new Attacker(
                        server.port(), Limits.STANDARD.wire().maxConnectionsPerAddress(), folder.resolve("err"));
                Canary canary = new Canary(server.port(), PAUSE_MILLIS)) {
            for (Attack attack : Stream.concat(Attacks.quick().stream(), Attacks.patient().stream())
                    .filter(LongAttacksTest::isChosen)
                    .toList()) {
                attacker.attack(attack, clients(attack), WARM_UP_SECONDS);
            }
            awaitCompilers();
            int first = canary.asked();
            TimeUnit.SECONDS.sleep(SECONDS);
            long alone = canary.micros(first, QUANTILE);
            System.out.printf("alone: %d us%n", alone);
            System.out.printf(
                    "%-50s %7s %8s %6s %9s %9s%n", "attack", "repeats", "p99 us", "times", "heap KiB", "direct KiB");
            List<String> grown = new ArrayList<>();
            for (Attack attack : all()) {
                int from = canary.asked();
                Left left = left(server, attacker, attack);
                long beside = canary.micros(from, QUANTILE);
                System.out.printf(
                        "%-50s %7d %8d %6.1f %9d %9d%n",
                        attack.name(),
                        left.times(),
                        beside,
                        (double) beside / alone,
                        left.heap() >> 10,
                        left.direct() >> 10);
                // A leak is as large the next time; what is kept once, and chance, are not.
                if (left.isMuch() && left(server, attacker, attack).isMuch()) {
                    grown.add(attack.name());
                }
                assertEquals("", canary.failure(), () -> attack.name() + ", " + left.times() + " times");
            }
            assertEquals(List.of(), grown, "more than a MiB stayed");
        }
    }

    private static long stalls(int busy) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(busy)) {
            long stalls = 0;
            for (Future<Long> one :
                    threads.invokeAll(Collections.<Callable<Long>>nCopies(busy, LongAttacksTest::stallsOfOne))) {
                stalls += one.get();
            }
            return stalls;
        }
    }

    private static long stallsOfOne() {
        long began = System.nanoTime();
        long stalls = 0;
        for (long last = began, now = began; now - began < TimeUnit.SECONDS.toNanos(10); last = now) {
            now = System.nanoTime();
            stalls += now - last > TimeUnit.MILLISECONDS.toNanos(STALL_MILLIS) ? 1 : 0;
        }
        return stalls;
    }

    /// Attacks for so many seconds, and waits until what it left is closed.
    private static Left left(TestServer server, Attacker attacker, Attack attack) throws Exception {
        long heap = Memory.heap(server);
        long direct = Memory.direct();
        int times = attacker.attack(attack, clients(attack), SECONDS);
        awaitHeap(server, heap + FLAT_BYTES);
        return new Left(times, Memory.heap(server) - heap, Memory.direct() - direct);
    }

    /// Bytes that are in use after an attack, and were not before it.
    private record Left(int times, long heap, long direct) {
        /// Of few times, nothing can be told.
        boolean isMuch() {
            return times >= MANY && (heap > FLAT_BYTES || direct > FLAT_BYTES);
        }
    }

    private static List<Attack> all() {
        return Stream.concat(
                        Stream.of(Attacks.busyNeighbour()),
                        Attacks.all().stream().filter(LongAttacksTest::isChosen))
                .toList();
    }

    private static int clients(Attack attack) {
        boolean isPatient = Attacks.patient().stream().map(Attack::name).anyMatch(attack.name()::equals);
        return isPatient ? MANY : 1;
    }

    /// Until they do next to nothing, for two minutes at most: what they take of the processors is the longest wait of all at first.
    private static void awaitCompilers() throws InterruptedException {
        CompilationMXBean compilers = ManagementFactory.getCompilationMXBean();
        long before;
        int waits = 0;
        do {
            before = compilers.getTotalCompilationTime();
            Thread.sleep(COMPILERS_MILLIS);
            waits++;
        } while (compilers.getTotalCompilationTime() - before > COMPILERS_MILLIS / 20 && waits < MOST_COMPILER_WAITS);
    }

    private static boolean isChosen(Attack attack) {
        return CHOSEN.matcher(attack.name()).find();
    }

    /// What an attack leaves behind is closed within moments; what is left after that stays.
    private static void awaitHeap(TestServer server, long most) throws InterruptedException {
        for (int i = 0; i < MOST_WAITS && Memory.heap(server) > most; i++) {
            Thread.sleep(WAIT_MILLIS);
        }
    }
}
