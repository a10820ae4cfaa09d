package dev.firstpass.loadtest.overload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class MixTest {
    @Test
    void orders_onTheWhole_areTheMixOfTheSimulation() {
        Random random = new Random(1);
        List<Mix.Order> orders =
                Stream.generate(() -> Mix.interactive(random)).limit(20_000).toList();
        assertEquals(0.35, share(orders, Kind.CLICK), 0.01);
        assertEquals(0.45, share(orders, Kind.ASSET_OPEN), 0.01);
        assertEquals(0.20, share(orders, Kind.PREFETCH), 0.01);
        assertEquals(
                0.6 + 0.28 * 2.25 + 0.12 * 6.25,
                orders.stream().mapToDouble(Mix.Order::area).average().orElseThrow(),
                0.03);
    }

    @Test
    void asks_ofTwoNumbers_areTwoImages() {
        Mix mix = new Mix("paced");
        Mix.Order click = new Mix.Order(Kind.CLICK, 0);
        assertFalse(
                Arrays.equals(mix.ask(click, 5, 1).image(), mix.ask(click, 5, 2).image()));
        assertEquals(Optional.of(Duration.ofMillis(150)), mix.ask(click, 5, 1).timeout());
        assertEquals(
                Optional.empty(), mix.ask(new Mix.Order(Kind.BULK, 0), 5, 1).timeout());
    }

    private static double share(List<Mix.Order> orders, Kind kind) {
        return (double) orders.stream().filter(order -> order.kind() == kind).count() / orders.size();
    }
}
