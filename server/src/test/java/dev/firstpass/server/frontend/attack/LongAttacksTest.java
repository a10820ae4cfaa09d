package dev.firstpass.server.frontend.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.server.config.Limits;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.frontend.attack.Attack.Target;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Each attack again and again for 30 seconds, or as many as `firstpass.long.seconds` says, with the limits that a server has: a
/// good client beside it never fails. `firstpass.long.attacks`, a regular expression, chooses some by their names. Prints how long one in a hundred of its requests took, alone and beside each attack, and
/// what stayed in memory. Attackers, server and good client share the machine, so the times are upper bounds.
@EnabledIfSystemProperty(
        named = "firstpass.long",
        matches = "true",
        disabledReason = "half an hour: only with -Dfirstpass.long=true")
final class LongAttacksTest {
    private static final int SECONDS = Integer.getInteger("firstpass.long.seconds", 30);
    private static final Pattern CHOSEN = Pattern.compile(System.getProperty("firstpass.long.attacks", ""));
    private static final int PAUSE_MILLIS = 5;
    private static final double QUANTILE = 0.99;
    private static final long FLAT_BYTES = 1 << 20;
    private static final int MOST_WAITS = 15;
    private static final int WAIT_MILLIS = 1000;

    @Test
    void attacks_forALongTime_failNoGoodRequest() throws Exception {
        try (TestServer server = new TestServer(Limits.STANDARD);
                Canary canary = new Canary(server.port(), PAUSE_MILLIS)) {
            attack(new Attack("warm-up", "", _ -> true), server);
            long alone = beside(new Attack("alone", "", _ -> true), server, canary);
            System.out.printf(
                    "%-50s %7s %8s %6s %9s %9s%n", "attack", "repeats", "p99 us", "times", "heap KiB", "direct KiB");
            for (Attack attack : all()) {
                long heap = heap();
                long direct = direct();
                int from = canary.asked();
                int times = attack(attack, server);
                long beside = canary.micros(from, QUANTILE);
                awaitHeap(heap + FLAT_BYTES);
                System.out.printf(
                        "%-50s %7d %8d %6.1f %9d %9d%n",
                        attack.name(),
                        times,
                        beside,
                        (double) beside / alone,
                        (heap() - heap) >> 10,
                        (direct() - direct) >> 10);
                assertEquals("", canary.failure(), () -> attack.name() + ", " + times + " times");
            }
        }
    }

    private static List<Attack> all() {
        return Stream.of(Attacks.quick(), Attacks.slow(), Attacks.trickling(), Attacks.heavy())
                .flatMap(List::stream)
                .filter(attack -> CHOSEN.matcher(attack.name()).find())
                .toList();
    }

    private static long beside(Attack attack, TestServer server, Canary canary) throws Exception {
        int from = canary.asked();
        attack(attack, server);
        return canary.micros(from, QUANTILE);
    }

    /// @return how often
    private static int attack(Attack attack, TestServer server) throws Exception {
        Target target = new Target(server.port(), System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS));
        int times = 0;
        while (!target.isOver()) {
            var _ = attack.once().run(target);
            times++;
            Thread.sleep(PAUSE_MILLIS);
        }
        return times;
    }

    /// What an attack leaves behind is closed within moments; what is left after that stays.
    private static void awaitHeap(long most) throws InterruptedException {
        for (int i = 0; i < MOST_WAITS && heap() > most; i++) {
            Thread.sleep(WAIT_MILLIS);
        }
    }

    private static long heap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static long direct() {
        return PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
    }
}
