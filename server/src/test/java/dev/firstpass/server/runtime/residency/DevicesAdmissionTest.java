package dev.firstpass.server.runtime.residency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/// Admissions of things that need room on a device, or on several at once.
final class DevicesAdmissionTest {
    private static final Admission<String> FITS = new Admission.Fits<>();
    private static final Admission<String> BUSY = new Admission.Busy<>(List.of("used"));
    private static final Admission<String> NEVER = new Admission.Never<>(3);

    @Test
    void ofAll_roomEverywhere_fits() {
        assertEquals(FITS, Admission.ofAll(List.of(FITS, FITS)));
    }

    @Test
    void ofAll_victimsOfSeveralDevices_eachGoOnce() {
        assertEquals(
                new Admission.Evict<>(List.of("a", "b", "c")),
                Admission.ofAll(List.of(evict("a", "b"), FITS, evict("b", "c"))));
    }

    /// What another device could do without must not leave before it is of use.
    @Test
    void ofAll_oneDeviceThatWaits_evictsNobodyOnTheOthers() {
        assertEquals(BUSY, Admission.ofAll(List.of(evict("a"), BUSY, FITS)));
    }

    @Test
    void ofAll_oneDeviceThatNeverHasRoom_isNever() {
        assertEquals(NEVER, Admission.ofAll(List.of(BUSY, evict("a"), NEVER)));
    }

    /// Requests for random models of random size on random devices, two of them pinned: no device is ever above its
    /// budget, nobody in use or pinned is evicted, and every request is served in the end.
    @Property(tries = 400)
    void admissions_atRandom_keepTheRulesOnEachDevice(
            @ForAll @IntRange(min = 1, max = 3) int devices, @ForAll @LongRange(min = 0, max = 1_000_000) long seed) {
        Day day = new Day(devices, new Random(seed));
        for (int step = 0; step < 400; step++) {
            day.step();
        }
        day.end();
    }

    private static Admission<String> evict(String... victims) {
        return new Admission.Evict<>(List.of(victims));
    }

    /// A server in virtual time: a step starts or ends a request.
    private static final class Day {
        private static final int MODELS = 8;
        private static final int PINNED = 2;
        private static final int BUDGET = 100;

        private final Random random;
        private final List<MemoryLedger> ledgers = new ArrayList<>();
        /// Model -> device -> bytes, for the devices that it runs on.
        private final List<Map<Integer, Long>> models = new ArrayList<>();

        private final Heat<Integer> heat = new Heat<>();
        private final Map<Integer, List<MemoryLedger.Account>> loaded = new HashMap<>();
        /// One entry for each request that runs: its model.
        private final List<Integer> running = new ArrayList<>();
        /// Requests that wait, first come first served.
        private final List<Integer> waiting = new ArrayList<>();

        Day(int devices, Random random) {
            this.random = random;
            for (int device = 0; device < devices; device++) {
                ledgers.add(new MemoryLedger(BUDGET));
            }
            for (int model = 0; model < MODELS; model++) {
                Map<Integer, Long> bytes = new HashMap<>();
                while (bytes.isEmpty()) {
                    for (int device = 0; device < devices; device++) {
                        if (random.nextBoolean()) {
                            bytes.put(device, model < PINNED ? 10L : 1 + random.nextInt(BUDGET - PINNED * 10));
                        }
                    }
                }
                models.add(bytes);
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
            List<Admission<Integer>> admissions = models.get(model).entrySet().stream()
                    .map(need -> Admission.of(
                            need.getValue(), ledgers.get(need.getKey()).freeBytes(), 0, candidates(need.getKey())))
                    .toList();
            switch (Admission.ofAll(admissions)) {
                case Admission.Fits<Integer> _ -> {}
                case Admission.Evict<Integer> evict -> evict.victims().forEach(this::evict);
                case Admission.Busy<Integer> _ -> {
                    return false;
                }
                case Admission.Never<Integer> never -> throw new AssertionError("fits beside the pinned: " + never);
            }
            loaded.put(
                    model,
                    models.get(model).entrySet().stream()
                            .map(need -> ledgers.get(need.getKey())
                                    .open(need.getValue())
                                    .orElseThrow(() -> new AssertionError("no room on " + need.getKey())))
                            .toList());
            return true;
        }

        private List<Candidate<Integer>> candidates(int device) {
            return loaded.keySet().stream()
                    .filter(model -> model >= PINNED && models.get(model).containsKey(device))
                    .map(model -> new Candidate<>(
                            model,
                            bytes(model, device),
                            heat.of(model) * (10 + bytes(model, device)),
                            !running.contains(model)))
                    .toList();
        }

        private long bytes(int model, int device) {
            return Objects.requireNonNull(models.get(model).get(device));
        }

        private void evict(int model) {
            assertTrue(model >= PINNED, "pinned");
            assertFalse(running.contains(model), "in use");
            List<MemoryLedger.Account> accounts = loaded.remove(model);
            assertTrue(accounts != null, "evicted twice");
            accounts.forEach(MemoryLedger.Account::close);
        }
    }
}
