package dev.firstpass.server.runtime.residency;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// What has to happen for something to get into memory.
///
/// **Who makes room:** whatever saves the least loading time for the bytes it holds, among those that nobody uses. What
/// is asked for is always let in, since it must be served; but what is asked for seldom, or only by bulk work, which
/// counts for nothing, saves the least and so makes room for the next of its kind: the coldest hold a slot among
/// themselves, and what is hot stays.
///
/// Immutable, all variants.
public sealed interface Admission<K> {
    /// There is room.
    record Fits<K>() implements Admission<K> {}

    /// There is when these are unloaded, least loss first. Nobody uses them.
    record Evict<K>(List<K> victims) implements Admission<K> {
        public Evict {
            victims = List.copyOf(victims);
        }
    }

    /// Not before some that are in use come free, or some that leave have left. If that should take too long, `drained`
    /// are the ones that could best be told to take no new users.
    record Busy<K>(List<K> drained) implements Admission<K> {
        public Busy {
            drained = List.copyOf(drained);
        }
    }

    /// Not even when all of them are unloaded, which leaves room for `most` bytes.
    record Never<K>(long most) implements Admission<K> {}

    /// @param bytes that are wanted
    /// @param free bytes that nobody holds; negative where too much is held
    /// @param leaving bytes that come free without further ado
    /// @param candidates all that may be unloaded: neither pinned nor leaving
    static <K> Admission<K> of(long bytes, long free, long leaving, Collection<Candidate<K>> candidates) {
        if (bytes <= free) {
            return new Fits<>();
        }
        long missing = bytes - free - leaving;
        if (missing <= 0) {
            return new Busy<>(List.of());
        }
        long sum = candidates.stream().mapToLong(Candidate::bytes).sum();
        if (missing > sum) {
            return new Never<>(free + leaving + sum);
        }
        List<Candidate<K>> idle = candidates.stream().filter(Candidate::idle).toList();
        if (idle.stream().mapToLong(Candidate::bytes).sum() >= missing) {
            return new Evict<>(cheapest(missing, idle));
        }
        return new Busy<>(cheapest(missing, candidates));
    }

    /// What has to happen where room is needed on several devices at once, from what each of them says. What is unloaded
    /// leaves all of its devices.
    ///
    /// Each device chooses by itself. So one that chooses last may unload something although what the others have chosen
    /// would have made room on it as well.
    ///
    /// @param devices one at least
    static <K> Admission<K> ofAll(Collection<Admission<K>> devices) {
        Set<K> victims = new LinkedHashSet<>();
        Set<K> drained = new LinkedHashSet<>();
        boolean isBusy = false;
        for (Admission<K> device : devices) {
            switch (device) {
                case Fits<K> _ -> {}
                case Evict<K> evict -> victims.addAll(evict.victims());
                case Busy<K> busy -> {
                    isBusy = true;
                    drained.addAll(busy.drained());
                }
                case Never<K> never -> {
                    return never;
                }
            }
        }
        if (isBusy) {
            return new Busy<>(List.copyOf(drained));
        }
        return victims.isEmpty() ? new Fits<>() : new Evict<>(List.copyOf(victims));
    }

    /// Of enough candidates, those with the least worth for their bytes; then without those that turn out not to be
    /// needed, because one that came later is large.
    private static <K> List<K> cheapest(long missing, Collection<Candidate<K>> candidates) {
        List<Candidate<K>> chosen = new ArrayList<>();
        long found = 0;
        for (Candidate<K> candidate : candidates.stream()
                .sorted(Comparator.comparingDouble(Candidate::density))
                .toList()) {
            if (found >= missing) {
                break;
            }
            chosen.add(candidate);
            found += candidate.bytes();
        }
        for (int i = chosen.size() - 1; i >= 0; i--) {
            long without = found - chosen.get(i).bytes();
            if (without >= missing) {
                chosen.remove(i);
                found = without;
            }
        }
        return chosen.stream().map(Candidate::key).toList();
    }
}
