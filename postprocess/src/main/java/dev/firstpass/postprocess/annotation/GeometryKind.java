package dev.firstpass.postprocess.annotation;

import java.util.Locale;
import java.util.Optional;

/// The shapes an annotation can have, by the names that users type and that the `firstpass` format writes.
public enum GeometryKind {
    BOX,
    ROTATED_BOX,
    POLYGON,
    MASK,
    POLYLINE,
    KEYPOINTS,
    CLASSIFICATION;

    /// The name on the wire: `rotated-box` for ROTATED_BOX.
    public String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static Optional<GeometryKind> ofId(String id) {
        for (GeometryKind kind : values()) {
            if (kind.id().equals(id)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }
}
