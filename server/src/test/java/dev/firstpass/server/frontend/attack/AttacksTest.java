package dev.firstpass.server.frontend.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.config.Limits;
import dev.firstpass.server.config.WireLimits;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.frontend.attack.Attack.Target;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each attack once: it ends as it should and is counted for what it is, and a good client beside it notices nothing. Those
/// that are to use up the time that they are allowed meet a server that allows little, all at once and alone: where the machine
/// is busy, a good request may take longer.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AttacksTest {
    private static final int AN_ADDRESS = 100;
    private static final int SECONDS = 20;

    private TestServer server;
    private Canary canary;

    @BeforeAll
    void start() throws InterruptedException {
        server = new TestServer(Limits.STANDARD.withWire(
                new WireLimits(AN_ADDRESS, Duration.ofSeconds(10), 1 << 10, Optional.empty())));
        canary = new Canary(server.port(), 5);
    }

    @AfterAll
    void stop() throws InterruptedException {
        canary.close();
        server.close();
        assertTrue(canary.asked() > 0);
        assertEquals("", canary.failure());
    }

    static List<Attack> attacks() {
        return Attacks.quick();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("attacks")
    void attack_endsAsItShould_andNobodyElseNotices(Attack attack) throws Exception {
        assertTrue(attack.once().run(target(server)), () -> attack + " goes on, or ended otherwise");
        assertCounted(attack, server);
        assertEquals("", canary.failure(), () -> counted(server));
    }

    @Test
    void slowClients_areGivenUp() throws Exception {
        Duration little = Duration.ofMillis(400);
        Limits limits = Limits.STANDARD
                .withUnread(64 << 20, little)
                .withWire(new WireLimits(AN_ADDRESS, little, 1 << 10, Optional.empty()));
        endTogether(Attacks.slow(), limits);
        endTogether(Attacks.trickling(), limits.withBodyTimeout(little));
    }

    private static void endTogether(List<Attack> attacks, Limits limits) throws Exception {
        try (TestServer impatient = new TestServer(limits)) {
            Map<Attack, Future<Boolean>> begun = new LinkedHashMap<>();
            for (Attack attack : attacks) {
                FutureTask<Boolean> run =
                        new FutureTask<>((Callable<Boolean>) () -> attack.once().run(target(impatient)));
                Thread.ofVirtual().start(run);
                begun.put(attack, run);
            }
            for (Map.Entry<Attack, Future<Boolean>> one : begun.entrySet()) {
                assertTrue(one.getValue().get(), () -> one.getKey() + ": " + counted(impatient));
                assertCounted(one.getKey(), impatient);
            }
        }
    }

    private static Target target(TestServer server) {
        return new Target(server.port(), AN_ADDRESS, System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS));
    }

    private static void assertCounted(Attack attack, TestServer server) {
        if (!attack.breach().isEmpty()) {
            String all = counted(server);
            assertTrue(all.contains(" " + attack.breach() + " "), () -> attack + " is not counted but " + all);
        }
    }

    /// Whatever was counted at least once.
    private static String counted(TestServer server) {
        return server.backend.metrics().registry().get("firstpass.wire.refused").counters().stream()
                .filter(counter -> counter.count() > 0)
                .map(counter -> " " + counter.getId().getTag("reason") + " " + counter.count())
                .collect(Collectors.joining(","));
    }
}
