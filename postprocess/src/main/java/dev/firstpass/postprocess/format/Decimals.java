package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.math.BigDecimal;

/// How numbers look in every format: a point in any locale, no exponent, no trailing zeros, as many decimals as the
/// unit can use.
///
/// Writing moves a value by at most half of its last decimal: a coordinate by 0.00005 px; a percentage or an angle by
/// what comes to about as much on an asset of 10,000 px. Read and written again, a number stays the same.
///
/// Immutable.
enum Decimals {
    PIXELS(4),
    PERCENT(6),
    FRACTION(6),
    DEGREES(6),
    RADIANS(6),
    /// As CVAT writes pixels.
    HUNDREDTHS(2),
    SCORE(6);

    private final int places;
    private final double scale;

    Decimals(int places) {
        this.places = places;
        this.scale = Math.pow(10, places);
    }

    /// @throws IllegalArgumentException if `value` is not finite: JSON has no word for that
    String text(double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("number: " + value + " (expected: finite)");
        }
        return BigDecimal.valueOf(Math.round(value * scale), places)
                .stripTrailingZeros()
                .toPlainString();
    }

    void write(JsonGenerator json, double value) throws IOException {
        json.writeNumber(text(value));
    }

    void write(JsonGenerator json, String field, double value) throws IOException {
        json.writeFieldName(field);
        write(json, value);
    }
}
