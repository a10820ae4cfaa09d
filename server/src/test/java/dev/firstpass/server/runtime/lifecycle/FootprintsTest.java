package dev.firstpass.server.runtime.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.runtime.fake.Versions;
import org.junit.jupiter.api.Test;

final class FootprintsTest {
    private static final long MIB = 1 << 20;
    private static final ModelVersion VERSION = Versions.of("m", 1);

    private static final String DEVICE = "cuda:0";

    private final Footprints footprints = new Footprints();

    @Test
    void measured_forTheFirstTime_isBelieved() {
        assertEquals(100 * MIB, footprints.measured(VERSION, DEVICE, 100 * MIB));
        assertEquals(100 * MIB, footprints.loaded(VERSION, DEVICE));
    }

    /// So what was set aside for a load is enough for what is booked after it.
    @Test
    void measured_again_isNoMoreThanWasSetAsideForTheLoad() {
        var _ = footprints.measured(VERSION, DEVICE, 100 * MIB);
        long setAside = footprints.loading(VERSION, DEVICE);

        assertEquals(setAside, footprints.measured(VERSION, DEVICE, 500 * MIB));
    }

    @Test
    void measured_againAsLess_isLess() {
        var _ = footprints.measured(VERSION, DEVICE, 100 * MIB);

        assertEquals(50 * MIB, footprints.measured(VERSION, DEVICE, 50 * MIB));
    }

    @Test
    void measured_asNothing_changesNothing() {
        var _ = footprints.measured(VERSION, DEVICE, 100 * MIB);

        assertEquals(100 * MIB, footprints.measured(VERSION, DEVICE, 0));
        assertEquals(100 * MIB, footprints.measured(VERSION, DEVICE, -MIB));
    }

    @Test
    void doubt_ofMoreThanTheFilesSuggest_forgetsIt() {
        long unknown = footprints.loaded(VERSION, DEVICE);
        var _ = footprints.measured(VERSION, DEVICE, 10 * unknown);

        assertTrue(footprints.doubt(VERSION, DEVICE));
        assertEquals(unknown, footprints.loaded(VERSION, DEVICE));
        assertFalse(footprints.doubt(VERSION, DEVICE));
    }

    @Test
    void measured_onOneDevice_saysNothingOfAnother() {
        long unknown = footprints.loaded(VERSION, "cuda:1");

        assertEquals(100 * MIB, footprints.measured(VERSION, DEVICE, 100 * MIB));

        assertEquals(unknown, footprints.loaded(VERSION, "cuda:1"));
    }
}
