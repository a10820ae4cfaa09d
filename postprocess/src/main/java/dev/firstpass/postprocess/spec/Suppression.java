package dev.firstpass.postprocess.spec;

/// How overlapping boxes are thinned: greedy non-maximum suppression, a box goes when its IoU with a better one is
/// above `iou`.
///
/// Immutable.
///
/// @param perClass whether only boxes of the same label suppress each other
/// @param limit most boxes kept for one asset
public record Suppression(double iou, boolean perClass, int limit) {
    public static final Suppression STANDARD = new Suppression(0.5, true, 300);

    public Suppression {
        if (!(iou >= 0 && iou <= 1)) {
            throw new IllegalArgumentException("iou: " + iou + " (expected: 0..1)");
        }
        if (limit < 1) {
            throw new IllegalArgumentException("limit: " + limit + " (expected: >= 1)");
        }
    }
}
