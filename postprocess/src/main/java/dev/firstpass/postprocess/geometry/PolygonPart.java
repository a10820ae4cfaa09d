package dev.firstpass.postprocess.geometry;

import java.util.List;

/// One connected area: an outer ring and the holes in it.
///
/// Immutable.
public record PolygonPart(Ring outer, List<Ring> holes) {
    public PolygonPart {
        holes = List.copyOf(holes);
    }

    public double area() {
        return Math.abs(outer.signedArea())
                - holes.stream()
                        .mapToDouble(hole -> Math.abs(hole.signedArea()))
                        .sum();
    }
}
