package dev.firstpass.postprocess.evaluation;

/// What somebody has to do to turn the findings that are shown into the labels. Figures of several images add up.
///
/// A finding belongs to the label that it covers best, by a half at least; one of the same class goes before others.
/// What covers no label by a half is deleted, and what is covered by no finding is drawn.
///
/// Immutable.
///
/// @param accepted of the right class, and left as it is: each edge of a box within 2 pixels, or a hundredth of the side,
///     of its place; an outline with an overlap of 0.9 at least
/// @param adjusted of the right class, to be brought into shape
/// @param relabeled of another class, possibly to be brought into shape as well
/// @param deleted findings where there is no label
/// @param drawn labels without a finding
public record Edits(long accepted, long adjusted, long relabeled, long deleted, long drawn) {
    public static final Edits NONE = new Edits(0, 0, 0, 0, 0);

    static final double PIXELS = 2;
    static final double SHARE_OF_SIDE = 0.01;
    static final double LEFT_ALONE = 0.9;

    public Edits plus(Edits other) {
        return new Edits(
                accepted + other.accepted,
                adjusted + other.adjusted,
                relabeled + other.relabeled,
                deleted + other.deleted,
                drawn + other.drawn);
    }

    /// Labels there are: each was accepted, adjusted, relabeled or drawn.
    public long labels() {
        return accepted + adjusted + relabeled + drawn;
    }

    /// All but the accepted ones.
    public long work() {
        return adjusted + relabeled + deleted + drawn;
    }
}
