package dev.firstpass.server.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class InkTest {
    private static SortedSet<String> labels(int count) {
        return IntStream.range(0, count).mapToObj(i -> "label " + i).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void of_upToTenLabels_givesEachItsOwnColor() {
        for (int count = 0; count <= 10; count++) {
            assertEquals(count, new HashSet<>(Ink.of(labels(count)).values()).size());
        }
    }

    @Test
    void of_moreLabelsThanColors_givesEachOne() {
        assertEquals(100, Ink.of(labels(100)).size());
    }

    @Test
    void of_aLabelInDifferentCompany_keepsItsColor() {
        Map<String, Ink> alone = Ink.of(new TreeSet<>(List.of("dog")));
        Map<String, Ink> together = Ink.of(new TreeSet<>(List.of("dog", "zebra")));

        assertEquals(alone.get("dog"), together.get("dog"));
    }

    /// The ratio that WCAG asks of ordinary text.
    @Test
    void contrast_onEveryColor_isReadable() {
        for (Ink ink : Ink.of(labels(10)).values()) {
            double ratio = ink.contrastTo(ink.contrast());
            assertTrue(ratio >= 4.5, () -> ink + ": " + ratio + " (expected: >= 4.5)");
        }
    }
}
