package dev.firstpass.server;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

final class StartupTest {
    private final AtomicBoolean settled = new AtomicBoolean();
    private final Startup startup = new Startup(settled::get);

    @Test
    void server_whoseModelsLoad_isNotReadyUntilTheyHave() {
        assertFalse(startup.isReady());
        settled.set(true);
        assertTrue(startup.isReady());
    }

    @Test
    void server_thatWasReady_staysSoWhileAnotherModelLoads() {
        settled.set(true);
        assertTrue(startup.isReady());
        settled.set(false);
        assertTrue(startup.isReady());
    }
}
