package dev.firstpass.server.rollout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.config.GuardLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Seeded simulations: what the guard promises of canaries that are like the stable version, and of those that are not.
final class CanaryGuardTest {
    private static final boolean LONG = Boolean.getBoolean("firstpass.long");
    private static final int[] PERCENTS = {1, 5, 20, 50, 80, 100};

    private final RandomGenerator random =
            RandomGeneratorFactory.of("L64X128MixRandom").create(20_261_126);

    /// How a version does.
    private record Doing(double errors, double millis) {
        boolean fails(RandomGenerator random) {
            return random.nextDouble() < errors;
        }

        /// Skewed as latencies are: one in six is twice as long as the middle one, or longer.
        long nanos(RandomGenerator random) {
            return (long) (millis * 1e6 * Math.exp(0.7 * random.nextGaussian()));
        }
    }

    /// @return requests of the canary after which it is stopped; empty if it is not
    private OptionalInt run(int percent, Doing stable, Doing canary, int requests) {
        CanaryGuard guard = new CanaryGuard(percent / 100.0, GuardLimits.STANDARD);
        int canaries = 0;
        for (int request = 0; request < requests; request++) {
            boolean isCanary = random.nextInt(100) < percent;
            canaries += isCanary ? 1 : 0;
            Doing doing = isCanary ? canary : stable;
            Optional<StopReason> stop = doing.fails(random)
                    ? guard.failed(isCanary, "asset-" + request)
                    : guard.answered(isCanary, "asset-" + request, doing.nanos(random));
            if (stop.isPresent()) {
                return OptionalInt.of(canaries);
            }
        }
        return OptionalInt.empty();
    }

    /// Where the canary has more than half of the assets, as long as no more fail than is tolerated.
    @Test
    void equalVersions_areStoppedInOneOfAThousandRolloutsAtMost() {
        int rollouts = LONG ? 20_000 : 1_000;
        int stopped = 0;
        for (int rollout = 0; rollout < rollouts; rollout++) {
            int percent = PERCENTS[rollout % PERCENTS.length];
            double errors = List.of(0.0, 0.001, 0.02, percent > 50 ? 0.02 : 0.3).get(rollout / PERCENTS.length % 4);
            Doing both = new Doing(errors, 20);
            stopped += run(percent, both, both, 2_000).isPresent() ? 1 : 0;
        }
        int most = rollouts / 1_000;
        int found = stopped;
        System.out.println("rollouts of equal versions " + rollouts + ", stopped " + found);
        assertTrue(found <= most, () -> "stopped: " + found + " of " + rollouts);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 20, 50, 60, 80, 95, 100})
    void canaryThatFailsAFifth_isStoppedWithinTwoHundredOfItsRequests(int percent) {
        List<Integer> after = new ArrayList<>();
        for (int rollout = 0; rollout < (LONG ? 1_000 : 100); rollout++) {
            OptionalInt stopped = run(percent, new Doing(0.001, 20), new Doing(0.2, 20), 400_000 / percent);
            after.add(stopped.orElse(Integer.MAX_VALUE));
        }
        int worst = after.stream().mapToInt(Integer::intValue).max().orElseThrow();
        System.out.println(percent + " %: stopped after " + worst + " requests at the latest");
        assertTrue(worst <= 200, () -> "stopped after: " + worst);
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 20, 50})
    void canaryThatIsFourTimesAsSlow_isStoppedWithinTwoHundredOfItsRequests(int percent) {
        for (int rollout = 0; rollout < 100; rollout++) {
            OptionalInt stopped = run(percent, new Doing(0.001, 20), new Doing(0.001, 80), 400_000 / percent);
            assertTrue(stopped.orElse(Integer.MAX_VALUE) <= 200, () -> "stopped after: " + stopped);
        }
    }

    /// A tool that tries one bad asset again and again is no evidence.
    @Test
    void oneAsset_thatFailsAgainAndAgain_countsOnce() {
        CanaryGuard guard = new CanaryGuard(0.2, GuardLimits.STANDARD);
        for (int i = 0; i < 10_000; i++) {
            assertEquals(Optional.empty(), guard.failed(true, "the same"));
        }
    }

    /// Whatever burdens both alike, for instance load that makes every answer slow.
    @Test
    void equalVersions_underALoadThatComesAndGoes_areNotStopped() {
        CanaryGuard guard = new CanaryGuard(0.2, GuardLimits.STANDARD);
        for (int request = 0; request < 20_000; request++) {
            long nanos = request / 1_000 % 2 == 0 ? 20_000_000 : 500_000_000;
            boolean isCanary = random.nextInt(5) == 0;
            assertEquals(Optional.empty(), guard.answered(isCanary, "asset-" + request, nanos));
        }
    }

    @Test
    void nothing_isProvenWhereAllOrNoAssetsMeetTheCanary() {
        for (double share : new double[] {0, 1}) {
            Imbalance imbalance = new Imbalance(share);
            for (int i = 0; i < 1_000; i++) {
                imbalance.add(true);
            }
            assertTrue(!imbalance.isProven(0.5));
        }
    }
}
