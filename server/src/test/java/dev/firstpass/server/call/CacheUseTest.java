package dev.firstpass.server.call;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

final class CacheUseTest {
    @Test
    void of_nothing_isFull() {
        assertEquals(CacheUse.FULL, CacheUse.of(List.of()));
        assertEquals(CacheUse.FULL, CacheUse.of(List.of("", "max-age=0, only-if-cached", "x-no-cache, =no-store")));
    }

    @Test
    void of_directives_inAnyCaseAndLine() {
        assertEquals(new CacheUse(false, true), CacheUse.of(List.of("No-Cache")));
        assertEquals(new CacheUse(true, false), CacheUse.of(List.of("max-age=60 , no-store")));
        assertEquals(new CacheUse(false, false), CacheUse.of(List.of("no-store", "no-cache=\"x\"")));
    }
}
