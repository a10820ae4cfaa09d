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

    /// A box around the wanted object.
    ///
    /// @param clicks what more is said of what is in it; may be none
    record Box(Rect box, List<Click> clicks) implements Prompt {
        public Box {
            clicks = List.copyOf(clicks);
        }

        public Box(Rect box) {
            this(box, List.of());
        }
    }

    /// One click: on the wanted object, or on what does not belong to it.
    record Click(Point at, boolean foreground) {}

    /// Of whatever variant.
    default List<Click> clicks() {
        return List.of();
    }
}
