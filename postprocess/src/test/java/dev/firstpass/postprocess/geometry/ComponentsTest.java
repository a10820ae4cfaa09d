package dev.firstpass.postprocess.geometry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

final class ComponentsTest {
    @Test
    void of_pixelsThatShareACorner_areOneComponent() {
        List<Component> components = Components.of(Masks.of("100", "010", "000"), 1);
        assertEquals(1, components.size());
        assertEquals(2, components.getFirst().area());
        assertEquals(new Rect(0, 0, 2, 2), components.getFirst().bounds());
    }

    @Test
    void of_twoBlobs_comeInRasterOrderWithTheirFirstPixels() {
        List<Component> components = Components.of(Masks.of("0000010", "1100010", "1100000"), 1);
        assertEquals(
                List.of(5L, 7L), components.stream().map(Component::firstPixel).toList());
        assertEquals(List.of(2L, 4L), components.stream().map(Component::area).toList());
    }

    @Test
    void of_minArea_leavesSmallOnesOut() {
        assertEquals(
                1, Components.of(Masks.of("0000010", "1100010", "1100000"), 3).size());
    }

    @Test
    void of_armsThatMeetBelow_areOneComponent() {
        assertEquals(1, Components.of(Masks.of("10101", "10101", "11111"), 1).size());
    }

    /// Against a flood fill, and the union of all components must be the mask.
    @Property(edgeCases = EdgeCasesMode.NONE)
    void of_anyMask_equalsFloodFill(@ForAll("masks") BitMask mask) {
        List<Component> components = Components.of(mask, 1);
        assertEquals(floodFill(mask), components.stream().map(Component::area).toList());
        BitMask union = new BitMask(mask.size());
        components.forEach(component -> union.or(component.toBitMask()));
        assertEquals(Masks.picture(mask), Masks.picture(union));
    }

    private static List<Long> floodFill(BitMask mask) {
        BitMask seen = new BitMask(mask.size());
        List<Long> areas = new ArrayList<>();
        for (int y = 0; y < mask.size().height(); y++) {
            for (int x = 0; x < mask.size().width(); x++) {
                if (mask.get(x, y) && !seen.get(x, y)) {
                    areas.add(fill(mask, seen, x, y));
                }
            }
        }
        return areas;
    }

    private static long fill(BitMask mask, BitMask seen, int startX, int startY) {
        Deque<int[]> open = new ArrayDeque<>();
        open.add(new int[] {startX, startY});
        seen.set(startX, startY);
        long area = 0;
        while (!open.isEmpty()) {
            int[] at = open.removeLast();
            area++;
            for (int y = at[1] - 1; y <= at[1] + 1; y++) {
                for (int x = at[0] - 1; x <= at[0] + 1; x++) {
                    if (mask.get(x, y) && !seen.get(x, y)) {
                        seen.set(x, y);
                        open.add(new int[] {x, y});
                    }
                }
            }
        }
        return area;
    }

    @Provide
    Arbitrary<BitMask> masks() {
        return Masks.any();
    }
}
