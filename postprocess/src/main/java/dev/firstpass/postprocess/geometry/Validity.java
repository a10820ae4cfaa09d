package dev.firstpass.postprocess.geometry;

import java.util.List;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.util.GeometryFixer;
import org.locationtech.jts.operation.overlayng.OverlayNGRobust;

/// Whether polygons can be drawn without doubt, and the one rule by which they are repaired.
///
/// **Valid** is what the OGC's Simple Features say (OGC 06-103r4, 6.1.11): no ring crosses or touches itself along a
/// line, holes lie within their part and touch it and each other in points only, parts do not overlap. Editors refuse
/// or misdraw what is not.
///
/// Pure functions. Each costs about n log n in the corners.
public final class Validity {
    private static final double LEAST_AREA = 1e-9;

    private Validity() {}

    public static boolean isValid(List<PolygonPart> parts) {
        return JtsPolygons.of(parts).isValid();
    }

    /// The same area as valid polygons: the given ones where they are valid already; else the rule **`repair`**, which
    /// is that of JTS' GeometryFixer: both lobes of a ring that crosses itself stay, what two parts both cover is
    /// united, a hole is cut out of its part as far as it lies within, and what has no area (spikes, rings along a
    /// line, slivers of less than a billionth of a pixel) goes. The number of parts may change. Outer rings run clockwise
    /// as seen, holes counter-clockwise.
    ///
    /// @return possibly none, where nothing of them has an area
    public static List<PolygonPart> repaired(List<PolygonPart> parts) {
        Geometry given = JtsPolygons.of(parts);
        if (given.isValid()) {
            return parts;
        }
        Geometry fixed = GeometryFixer.fix(given);
        if (!fixed.isValid()) {
            // The fixer leaves parts side by side that share a line.
            fixed = OverlayNGRobust.union(fixed);
        }
        return withoutSlivers(JtsPolygons.parts(fixed.isValid() ? fixed : fixed.buffer(0)));
    }

    static List<PolygonPart> withoutSlivers(List<PolygonPart> parts) {
        return parts.stream()
                .filter(part -> hasArea(part.outer()))
                .map(part -> new PolygonPart(
                        part.outer(),
                        part.holes().stream().filter(Validity::hasArea).toList()))
                .toList();
    }

    static boolean hasArea(Ring ring) {
        return Math.abs(ring.signedArea()) > LEAST_AREA;
    }
}
