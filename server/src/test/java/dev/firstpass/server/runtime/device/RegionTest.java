package dev.firstpass.server.runtime.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

final class RegionTest {
    private static final int ROOM = 64 * 1024;

    /// Random lending and giving back: no two blocks overlap, each keeps what was written to it, and at the end the
    /// whole region is free again, in one piece.
    @Property(tries = 100)
    void blocks_lentAndGivenBackAtRandom_neverOverlap(@ForAll @LongRange(min = 0, max = 1_000_000) long seed) {
        Random random = new Random(seed);
        try (Slab slab = new Slab(ROOM, 64)) {
            Region region = slab.rows();
            List<Region.Block> lent = new ArrayList<>();
            for (int step = 0; step < 300; step++) {
                if (random.nextBoolean() || lent.isEmpty()) {
                    Optional<Region.Block> block = region.tryAllocate(1 + random.nextInt(4000));
                    block.ifPresent(fresh -> {
                        fresh.segment().fill((byte) (lent.size() + 1));
                        lent.add(fresh);
                        stamp(lent);
                    });
                } else {
                    lent.remove(random.nextInt(lent.size())).close();
                    stamp(lent);
                }
                check(lent);
            }
            lent.forEach(Region.Block::close);
            assertEquals(0, region.lentBytes());
            assertTrue(region.tryAllocate(ROOM).isPresent(), "the free spans were joined again");
        }
    }

    private static void stamp(List<Region.Block> lent) {
        for (int i = 0; i < lent.size(); i++) {
            lent.get(i).segment().fill((byte) (i + 1));
        }
    }

    private static void check(List<Region.Block> lent) {
        Set<Long> starts = new HashSet<>();
        for (int i = 0; i < lent.size(); i++) {
            var segment = lent.get(i).segment();
            assertTrue(starts.add(segment.address()));
            assertEquals(0, segment.address() % 64, "blocks begin on 64 bytes");
            assertEquals((byte) (i + 1), segment.get(ValueLayout.JAVA_BYTE, 0));
            assertEquals((byte) (i + 1), segment.get(ValueLayout.JAVA_BYTE, segment.byteSize() - 1));
        }
    }

    @Test
    void allocate_noRoomBeforeDeadline_isOverloaded() {
        try (Slab slab = new Slab(ROOM, 64)) {
            Region.Block all = slab.rows().tryAllocate(ROOM).orElseThrow();
            Deadline passed = Deadline.after(Duration.ZERO, System::nanoTime);
            FailureException thrown =
                    assertThrows(FailureException.class, () -> slab.rows().allocate(64, passed));
            assertEquals(Reason.OVERLOADED, thrown.failure().reason());
            all.close();
        }
    }

    @Test
    void allocate_moreThanTheRegion_isRefusedAtOnce() {
        try (Slab slab = new Slab(ROOM, 64)) {
            Deadline far = Deadline.after(Duration.ofHours(1), System::nanoTime);
            FailureException thrown =
                    assertThrows(FailureException.class, () -> slab.rows().allocate(ROOM + 1, far));
            assertEquals(Reason.IMAGE_TOO_MANY_PIXELS, thrown.failure().reason());
        }
    }

    @Test
    void allocate_roomComesFree_goesOn() throws Exception {
        try (Slab slab = new Slab(ROOM, 64)) {
            Region.Block all = slab.rows().tryAllocate(ROOM).orElseThrow();
            Deadline far = Deadline.after(Duration.ofSeconds(20), System::nanoTime);
            Thread giver = Thread.ofVirtual().start(all::close);
            try (Region.Block block = slab.rows().allocate(ROOM, far)) {
                assertEquals(ROOM, block.segment().byteSize());
            }
            giver.join();
        }
    }

    @Test
    void close_twice_givesBackOnce() {
        try (Slab slab = new Slab(ROOM, 64)) {
            Region.Block first = slab.rows().tryAllocate(ROOM / 2).orElseThrow();
            first.close();
            Region.Block second = slab.rows().tryAllocate(ROOM).orElseThrow();
            first.close();
            assertFalse(slab.rows().tryAllocate(64).isPresent(), "the second block still has it all");
            second.close();
        }
    }
}
