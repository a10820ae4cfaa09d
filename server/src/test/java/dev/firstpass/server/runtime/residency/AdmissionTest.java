package dev.firstpass.server.runtime.residency;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
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

    private static Candidate<String> idle(String key, long bytes, double worth) {
        return new Candidate<>(key, bytes, worth, true);
    }
}
