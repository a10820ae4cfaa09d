package dev.firstpass.postprocess.evaluation;

/// How large things are, by their areas in pixels, as COCO has it. A thing of the very size of a bound is in both.
public enum SizeRange {
    ALL(0, 1e10),
    SMALL(0, 32 * 32),
    MEDIUM(32 * 32, 96 * 96),
    LARGE(96 * 96, 1e10);

    private final double least;
    private final double most;

    SizeRange(double least, double most) {
        this.least = least;
        this.most = most;
    }

    boolean has(double area) {
        return !(area < least || area > most);
    }
}
