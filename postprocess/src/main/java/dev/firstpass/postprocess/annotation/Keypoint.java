package dev.firstpass.postprocess.annotation;

import dev.firstpass.postprocess.geometry.Point;
import java.util.Locale;

/// One joint of a skeleton, in asset pixels.
///
/// Immutable.
public record Keypoint(String name, Point at, Visibility visibility, double score) {
    /// Whether a joint can be seen. ABSENT joints have no meaningful position.
    public enum Visibility {
        VISIBLE,
        OCCLUDED,
        ABSENT;

        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
