package dev.firstpass.loadtest.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class NormalTest {
    @Test
    void values_areThoseOfTheTables() {
        assertEquals(0.975, Normal.below(1.959964), 1e-6);
        assertEquals(0.5, Normal.below(0), 1e-6);
        assertEquals(0.00135, Normal.below(-3), 1e-5);
        assertEquals(1.959964, Normal.quantile(0.975), 1e-4);
        assertEquals(2.570582, Normal.student(0.975, 5), 0.02);
        assertEquals(2.262157, Normal.student(0.975, 9), 0.005);
        assertEquals(2.068658, Normal.student(0.975, 23), 0.001);
        assertThrows(IllegalArgumentException.class, () -> Normal.quantile(1));
    }
}
