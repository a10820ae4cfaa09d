package dev.firstpass.server.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class RecentlyUsedTest {
    private final AtomicLong now = new AtomicLong();
    private final AtomicInteger evicted = new AtomicInteger();
    private final RecentlyUsed<String, Integer> things =
            new RecentlyUsed<>(100, Duration.ofNanos(10), now::get, evicted::incrementAndGet);

    @Test
    void newest_isKept_howeverOftenTheOthersWereUsed() {
        for (String old : List.of("a", "b")) {
            things.put(old, 1, 50);
            for (int i = 0; i < 100; i++) {
                things.get(old);
            }
        }
        assertTrue(things.put("c", 3, 50));
        assertEquals(Optional.of(3), things.get("c"));
        assertEquals(Optional.empty(), things.get("a"));
        assertEquals(Optional.of(1), things.get("b"));
        assertEquals(1, evicted.get());
    }

    @Test
    void use_bringsToTheEnd() {
        things.put("a", 1, 50);
        things.put("b", 2, 50);
        things.get("a");
        things.put("c", 3, 10);
        assertEquals(Optional.of(1), things.get("a"));
        assertEquals(Optional.empty(), things.get("b"));
    }

    @Test
    void unused_isGivenUp() {
        things.put("a", 1, 5);
        now.set(10);
        assertEquals(Optional.of(1), things.get("a"));
        now.set(20);
        assertEquals(Optional.of(1), things.get("a"));
        now.set(31);
        assertEquals(Optional.empty(), things.get("a"));
        assertEquals(0, things.bytes());
    }

    @Test
    void largerThanAllRoom_isNotKept_andNothingGoesForIt() {
        things.put("a", 1, 60);
        things.put("b", 2, 5);
        assertFalse(things.put("b", 3, 101));
        assertEquals(Optional.of(1), things.get("a"));
        assertEquals(Optional.empty(), things.get("b"), "not the one that it was to replace either");
        assertEquals(0, evicted.get());
    }

    /// Keeps the longest row of last used things that fits.
    @Property(tries = 200)
    void always_holdsTheLastUsedThatFit(
            @ForAll @Size(max = 40) List<@IntRange(max = 7) Integer> keys,
            @ForAll @Size(max = 40) List<@IntRange(min = 1, max = 60) Integer> sizes) {
        RecentlyUsed<Integer, Integer> tested = new RecentlyUsed<>(100, Duration.ofDays(1), () -> 0, () -> {});
        List<Integer> held = new ArrayList<>();
        List<Integer> heldSizes = new ArrayList<>();
        for (int i = 0; i < Math.min(keys.size(), sizes.size()); i++) {
            Integer key = keys.get(i);
            int at = held.indexOf(key);
            boolean isThere = tested.get(key).isPresent();
            assertEquals(at >= 0, isThere);
            int size = isThere ? heldSizes.get(at) : sizes.get(i);
            if (isThere) {
                heldSizes.subList(at, at + 1).clear();
                held.subList(at, at + 1).clear();
            }
            held.add(key);
            heldSizes.add(size);
            if (!isThere) {
                tested.put(key, i, size);
            }
            while (heldSizes.stream().mapToInt(Integer::intValue).sum() > 100) {
                held.removeFirst();
                heldSizes.removeFirst();
            }
            assertEquals(held.size(), tested.size());
            assertEquals(heldSizes.stream().mapToLong(Integer::longValue).sum(), tested.bytes());
        }
    }
}
