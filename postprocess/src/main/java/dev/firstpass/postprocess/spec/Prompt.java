package dev.firstpass.postprocess.spec;

import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import java.util.List;

/// What a labeler pointed at, in asset pixels; part of the request and of every cache key.
///
/// Immutable, all variants.
public sealed interface Prompt {
    record None() implements Prompt {}

    record Points(List<Click> clicks) implements Prompt {
        public Points {
            clicks = List.copyOf(clicks);
            if (clicks.isEmpty()) {
                throw new IllegalArgumentException("clicks: none (expected: >= 1)");
            }
        }
    }

    record Box(Rect box) implements Prompt {}

    /// One click: on the wanted object, or on what does not belong to it.
    record Click(Point at, boolean foreground) {}
}
