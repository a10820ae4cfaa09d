package dev.firstpass.server.runtime.residency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

final class AdmissionTest {
    @Test
    void of_whatFits_evictsNobody() {
        assertEquals(new Admission.Fits<>(), Admission.of(10, 10, 0, List.of(idle("a", 5, 1))));
    }

    @Test
    void of_whatDoesNotFit_evictsWhatSavesLeastForItsBytes() {
        var candidates = List.of(idle("large", 100, 50), idle("cold", 10, 1), idle("hot", 10, 30));
        assertEquals(new Admission.Evict<>(List.of("cold")), Admission.of(10, 0, 0, candidates));
    }

    /// The cold one goes first, but is of no use once the large one has to go as well.
    @Test
    void of_aLargeVictimThatSuffices_sparesTheSmallOnes() {
        var candidates = List.of(idle("cold", 10, 1), idle("large", 100, 50));
        assertEquals(new Admission.Evict<>(List.of("large")), Admission.of(100, 0, 0, candidates));
    }

    @Test
    void of_enoughOnlyWithThoseInUse_waits() {
        var candidates = List.of(idle("idle", 10, 9), new Candidate<>("used", 10, 1, false));
        assertEquals(new Admission.Busy<>(List.of("used", "idle")), Admission.of(20, 0, 0, candidates));
    }

    @Test
    void of_enoughWithThoseThatLeave_drainsNobody() {
        var used = List.of(new Candidate<>("used", 10, 1, false));
        assertEquals(new Admission.Busy<>(List.of()), Admission.of(20, 5, 15, used));
    }

    @Test
    void of_moreThanThereIs_isNever() {
        assertEquals(new Admission.Never<>(12), Admission.of(13, 2, 0, List.of(idle("a", 10, 1))));
    }

    /// Requests of random length for random models, two of them pinned: memory is never above the budget, nobody in use
    /// or pinned is evicted, and every request is served in the end.
    @Property(tries = 200)
    void admissions_atRandom_keepTheRules(@ForAll @LongRange(min = 0, max = 1_000_000) long seed) {
        Day day = new Day(new Random(seed));
        for (int step = 0; step < 400; step++) {
            day.step();
        }
        day.end();
    }

    private static Candidate<String> idle(String key, long bytes, double worth) {
        return new Candidate<>(key, bytes, worth, true);
    }

    /// A server in virtual time: a step starts or ends a request.
    private static final class Day {
        private static final int MODELS = 8;
        private static final int PINNED = 2;
        private static final long BUDGET = 100;

        private final Random random;
        private final long[] bytes = new long[MODELS];
        private final MemoryLedger ledger = new MemoryLedger(BUDGET);
        private final Heat<Integer> heat = new Heat<>();
        private final Map<Integer, MemoryLedger.Account> loaded = new HashMap<>();
        /// One entry for each request that runs: its model.
        private final List<Integer> running = new ArrayList<>();
        /// Requests that wait, first come first served.
        private final List<Integer> waiting = new ArrayList<>();

        Day(Random random) {
            this.random = random;
            for (int model = 0; model < MODELS; model++) {
                bytes[model] = model < PINNED ? 10 : 1 + random.nextInt((int) BUDGET - PINNED * 10);
            }
        }

        void step() {
            if (running.isEmpty() || random.nextBoolean()) {
                int model = random.nextInt(MODELS);
                heat.touch(model);
                waiting.add(model);
            } else {
                int ended = random.nextInt(running.size());
                running.subList(ended, ended + 1).clear();
            }
            serve();
        }

        /// Requests that run end; then all that wait must come through.
        void end() {
            while (!waiting.isEmpty()) {
                running.clear();
                serve();
                assertFalse(running.isEmpty(), "nobody runs, and nobody is served");
            }
        }

        private void serve() {
            while (!waiting.isEmpty() && isIn(waiting.getFirst())) {
                running.add(waiting.removeFirst());
            }
        }

        private boolean isIn(int model) {
            if (loaded.containsKey(model)) {
                return true;
            }
            switch (Admission.of(bytes[model], ledger.freeBytes(), 0, candidates())) {
                case Admission.Fits<Integer> _ -> {}
                case Admission.Evict<Integer> evict -> evict.victims().forEach(this::evict);
                case Admission.Busy<Integer> _ -> {
                    return false;
                }
                case Admission.Never<Integer> never -> throw new AssertionError("fits beside the pinned: " + never);
            }
            loaded.put(model, ledger.open(bytes[model]).orElseThrow());
            assertTrue(ledger.usedBytes() <= BUDGET, "above the budget");
            return true;
        }

        private List<Candidate<Integer>> candidates() {
            return loaded.keySet().stream()
                    .filter(model -> model >= PINNED)
                    .map(model -> new Candidate<>(
                            model, bytes[model], heat.of(model) * (10 + bytes[model]), !running.contains(model)))
                    .toList();
        }

        private void evict(int model) {
            assertTrue(model >= PINNED, "pinned");
            assertTrue(!running.contains(model), "in use");
            MemoryLedger.Account account = loaded.remove(model);
            assertTrue(account != null, "evicted twice");
            account.close();
        }
    }
}
