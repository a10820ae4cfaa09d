package dev.firstpass.server.runtime.residency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class HeatTest {
    private final Heat<String> heat = new Heat<>();

    @Test
    void of_whatNobodyAskedFor_isZero() {
        assertEquals(0, heat.of("a"));
    }

    @Test
    void of_whatWasPopular_coolsDownAndIsForgotten() {
        touch("old", 200);
        touch("new", 150);
        assertTrue(heat.of("new") > heat.of("old"), "the old one's requests were halved more often");
        touch("new", 5000);
        assertEquals(0, heat.of("old"));
    }

    private void touch(String key, int times) {
        for (int i = 0; i < times; i++) {
            heat.touch(key);
        }
    }
}
