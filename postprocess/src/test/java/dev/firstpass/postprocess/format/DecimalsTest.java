package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DecimalsTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "-0.00001, 0",
        "100, 100",
        "1e7, 10000000",
        "0.0001, 0.0001",
        "0.00004, 0",
        "133.10000610351562, 133.1",
        "-2.5, -2.5",
        "1234567.98765, 1234567.9877"
    })
    void text_ofPixels_isPlain(double value, String expected) {
        assertEquals(expected, Decimals.PIXELS.text(value));
    }

    @Test
    void text_ofAScore_hasSixDecimalsAtMost() {
        assertEquals("0.333333", Decimals.SCORE.text(1.0 / 3));
    }

    @Property(tries = 200)
    void text_readAndWrittenAgain_isTheSame(@ForAll @DoubleRange(min = -1e6, max = 1e6) double value) {
        String text = Decimals.PIXELS.text(value);
        double read = Double.parseDouble(text);
        assertTrue(Math.abs(read - value) <= 0.00005 + 1e-9, text);
        assertEquals(text, Decimals.PIXELS.text(read));
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void text_ofNoNumber_isRefused(double value) {
        assertThrows(IllegalArgumentException.class, () -> Decimals.SCORE.text(value));
    }
}
