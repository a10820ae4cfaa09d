package dev.firstpass.server.frontend.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.linecorp.armeria.common.Flags;
import org.junit.jupiter.api.Test;

final class WireFlagsTest {
    @Test
    void heads_areRememberedForFewPaths() {
        String few = new WireFlags().routeCacheSpec();
        assertEquals(few, Flags.routeCacheSpec());
        assertEquals(few, Flags.routeDecoratorCacheSpec());
        assertEquals(few, Flags.parsedPathCacheSpec());
    }
}
