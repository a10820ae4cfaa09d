package dev.firstpass.postprocess.geometry;

import java.util.List;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.Polygon;
import org.locationtech.jts.operation.buffer.BufferOp;
import org.locationtech.jts.operation.buffer.BufferParameters;

/// Growing a ring outwards, with round joins.
public final class Offsetting {
    /// Chords per quarter circle: the polygon falls short of the true arc by at most 0.5 % of the distance.
    private static final int QUADRANT_SEGMENTS = 8;

    private Offsetting() {}

    /// Undoes the shrinking that DB text detectors are trained with: grows `ring` by area x ratio / perimeter (Liao
    /// et al., "Real-time Scene Text Detection with Differentiable Binarization", 2020, section 3.4).
    ///
    /// @param ring simple; a ring without area is returned as it is
    public static Ring unclip(Ring ring, double ratio) {
        Polygon polygon = JtsPolygons.polygon(new PolygonPart(ring, List.of()));
        double distance = polygon.getArea() * ratio / polygon.getLength();
        if (!(distance > 0)) {
            return ring;
        }
        Geometry grown = BufferOp.bufferOp(
                polygon, distance, new BufferParameters(QUADRANT_SEGMENTS, BufferParameters.CAP_ROUND));
        return JtsPolygons.parts(grown).getFirst().outer();
    }
}
