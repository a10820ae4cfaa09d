package dev.firstpass.server.runtime.residency;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How long models are loaded in all, in virtual time, when least-recently-used ones make room and when the server's
/// own rules say who does. `main` prints the table of docs/residency.md.
///
/// Pure functions.
final class ResidencySimulation {
    private static final int REQUESTS = 30_000;

    private ResidencySimulation() {}

    public static void main(String[] arguments) {
        System.out.println(
                "| memory | popularity drifts every | bulk sweep every | seed | LRU, s | Firstpass, s | ratio |");
        System.out.println("|---|---|---|---|---|---|---|");
        for (long gigabytes : List.of(6L, 12L, 20L)) {
            for (int drift : List.of(50, 500)) {
                for (long seed = 1; seed <= 2; seed++) {
                    Demand demand = Demand.of(seed, REQUESTS, drift, 3000);
                    double lru = leastRecentlyUsed(demand, gigabytes * 1_000_000_000L);
                    double own = firstpass(demand, gigabytes * 1_000_000_000L);
                    System.out.printf(
                            "| %d GB | %d | 3000 | %d | %.0f | %.0f | %.2f |%n",
                            gigabytes, drift, seed, lru, own, own / lru);
                }
            }
        }
    }

    /// @return seconds of loading
    static double leastRecentlyUsed(Demand demand, long budget) {
        LinkedHashMap<Integer, Long> loaded = new LinkedHashMap<>();
        long used = 0;
        double seconds = 0;
        for (Demand.Request request : demand.requests()) {
            int model = request.model();
            long bytes = demand.bytes().get(model);
            if (loaded.remove(model) == null) {
                while (used + bytes > budget) {
                    used -= loaded.pollFirstEntry().getValue();
                }
                used += bytes;
                seconds += demand.cost(model);
            }
            loaded.putLast(model, bytes);
        }
        return seconds;
    }

    /// @return seconds of loading
    static double firstpass(Demand demand, long budget) {
        MemoryLedger ledger = new MemoryLedger(budget);
        Heat<Integer> heat = new Heat<>();
        Map<Integer, MemoryLedger.Account> loaded = new LinkedHashMap<>();
        double seconds = 0;
        for (Demand.Request request : demand.requests()) {
            int model = request.model();
            if (!request.bulk()) {
                heat.touch(model);
            }
            if (!loaded.containsKey(model)) {
                makeRoom(demand, model, ledger, heat, loaded);
                loaded.put(model, ledger.open(demand.bytes().get(model)).orElseThrow());
                seconds += demand.cost(model);
            }
        }
        return seconds;
    }

    private static void makeRoom(
            Demand demand,
            int model,
            MemoryLedger ledger,
            Heat<Integer> heat,
            Map<Integer, MemoryLedger.Account> loaded) {
        List<Candidate<Integer>> candidates = loaded.entrySet().stream()
                .map(entry -> new Candidate<>(
                        entry.getKey(),
                        entry.getValue().bytes(),
                        heat.of(entry.getKey()) * demand.cost(entry.getKey()),
                        true))
                .toList();
        switch (Admission.of(demand.bytes().get(model), ledger.freeBytes(), 0, candidates)) {
            case Admission.Fits<Integer> _ -> {}
            case Admission.Evict<Integer> evict ->
                evict.victims()
                        .forEach(victim -> Optional.ofNullable(loaded.remove(victim))
                                .orElseThrow()
                                .close());
            case Admission.Busy<Integer> _, Admission.Never<Integer> _ ->
                throw new IllegalStateException("everything is idle, and smaller than the budget");
        }
    }
}
