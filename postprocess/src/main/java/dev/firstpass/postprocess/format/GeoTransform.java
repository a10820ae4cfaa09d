package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.geometry.Point;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Optional;

/// Where an image lies in the world, by six numbers in the order of GDAL's GeoTransform: X = a + b column + c row, Y = d + e column
/// + f row, columns and rows counted on pixel edges.
///
/// Immutable.
///
/// @param coefficients a to f
record GeoTransform(List<Double> coefficients) {
    /// What written coordinates may be off, in pixels.
    private static final double EXACT = 1e-4;

    private static final int MOST_PLACES = 15;

    GeoTransform {
        coefficients = List.copyOf(coefficients);
    }

    /// Empty for what is none: six finite numbers, pixels of some area.
    static Optional<GeoTransform> of(List<String> text) {
        if (text.size() != 6) {
            return Optional.empty();
        }
        try {
            List<Double> numbers =
                    text.stream().map(one -> Double.parseDouble(one.strip())).toList();
            if (!numbers.stream().allMatch(Double::isFinite)) {
                return Optional.empty();
            }
            GeoTransform transform = new GeoTransform(numbers);
            return Double.isFinite(1 / transform.area()) ? Optional.of(transform) : Optional.empty();
        } catch (NumberFormatException _) {
            return Optional.empty();
        }
    }

    /// The six, as JSON has numbers.
    List<String> text() {
        return coefficients.stream()
                .map(one -> BigDecimal.valueOf(one).stripTrailingZeros().toPlainString())
                .toList();
    }

    private double at(int i) {
        return coefficients.get(i);
    }

    /// Of a pixel, negative where the world is seen mirrored, as where its Y goes up.
    private double area() {
        return at(1) * at(5) - at(2) * at(4);
    }

    Point toWorld(Point pixel) {
        return new Point(at(0) + at(1) * pixel.x() + at(2) * pixel.y(), at(3) + at(4) * pixel.x() + at(5) * pixel.y());
    }

    Point toPixel(Point world) {
        double x = world.x() - at(0);
        double y = world.y() - at(3);
        return new Point((at(5) * x - at(2) * y) / area(), (at(1) * y - at(4) * x) / area());
    }

    /// With as many decimals as say a ten-thousandth of a pixel.
    String text(double coordinate) {
        double pixel = Math.sqrt(Math.abs(area()));
        int places = (int) Math.clamp(Math.ceil(-Math.log10(pixel * EXACT)), 0.0, MOST_PLACES);
        return BigDecimal.valueOf(coordinate)
                .setScale(places, RoundingMode.HALF_UP)
                .stripTrailingZeros()
                .toPlainString();
    }
}
