package dev.firstpass.postprocess.geometry;

import java.util.List;
import java.util.stream.IntStream;

/// Rings for tests from x, y, x, y, ...
final class Rings {
    private Rings() {}

    static Ring of(double... xy) {
        return new Ring(IntStream.range(0, xy.length / 2)
                .mapToObj(i -> new Point(xy[2 * i], xy[2 * i + 1]))
                .toList());
    }

    static List<PolygonPart> part(double... xy) {
        return List.of(new PolygonPart(of(xy), List.of()));
    }
}
