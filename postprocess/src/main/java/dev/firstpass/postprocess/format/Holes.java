package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.geometry.PolygonPart;
import java.util.List;

/// What a format whose polygons cannot have holes does with those that do: the option `holes`.
enum Holes {
    /// Write a mask, which can.
    MASK,
    /// Write the outer rings alone.
    FILL;

    static final FormatOption OPTION = new FormatOption(
            "holes", "polygons with holes: 'mask' writes them as masks, 'fill' as polygons without the holes", "mask");

    static boolean in(Annotation.Polygon polygon) {
        return in(polygon.parts());
    }

    static boolean in(List<PolygonPart> parts) {
        return parts.stream().anyMatch(part -> !part.holes().isEmpty());
    }
}
