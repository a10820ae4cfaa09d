package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// Which outputs of a single-shot detector are its boxes, its scores and, where it gives them, its anchors.
///
/// Immutable.
record SsdHeads(TensorInfo boxes, TensorInfo scores, Optional<TensorInfo> anchors) {
    /// Stands for "not found": no tensor has an empty name.
    static final SsdHeads NONE = none();

    private static final Pattern BOXES = Pattern.compile(".*(box|loc|regression|delta).*");
    private static final Pattern SCORES = Pattern.compile(".*(score|conf|cls|class|logit).*");
    private static final Pattern ANCHORS = Pattern.compile(".*(anchor|prior|default_box|dboxes).*");

    private static SsdHeads none() {
        TensorInfo nothing = new TensorInfo("", ElementType.FLOAT32, Shape.of());
        return new SsdHeads(nothing, nothing, Optional.empty());
    }

    /// The only pair whose shapes fit, and anchors beside it; of several (four classes look like four coordinates) the only one
    /// whose names agree. Empty where a further output is left over.
    static Optional<SsdHeads> among(List<TensorInfo> outputs) {
        Optional<TensorInfo> anchors = outputs.size() == 3
                ? outputs.stream().filter(SsdHeads::isNamedAnchors).findFirst()
                : Optional.empty();
        List<TensorInfo> others = outputs.stream()
                .filter(output -> anchors.filter(output::equals).isEmpty())
                .toList();
        if (others.size() != 2) {
            return Optional.empty();
        }
        List<SsdHeads> fitting = others.stream()
                .filter(boxes -> isBoxes(boxes.shape()))
                .flatMap(boxes -> others.stream()
                        .filter(scores -> !scores.equals(boxes) && isScoresOf(boxes.shape(), scores.shape()))
                        .map(scores -> new SsdHeads(boxes, scores, anchors)))
                .toList();
        List<SsdHeads> agreeing = fitting.stream().filter(SsdHeads::saidByName).toList();
        return fitting.size() == 1 ? Optional.of(fitting.getFirst()) : only(agreeing);
    }

    private static boolean isNamedAnchors(TensorInfo output) {
        return ANCHORS.matcher(lower(output)).matches() && isAnchors(output.shape());
    }

    private static String lower(TensorInfo output) {
        return output.name().toLowerCase(Locale.ROOT);
    }

    private static Optional<SsdHeads> only(List<SsdHeads> heads) {
        return heads.size() == 1 ? Optional.of(heads.getFirst()) : Optional.empty();
    }

    boolean saidByName() {
        return BOXES.matcher(lower(boxes)).matches()
                && SCORES.matcher(lower(scores)).matches();
    }

    static boolean isBoxes(Shape shape) {
        boolean ranked = shape.rank() == 3 || (shape.rank() == 4 && shape.extent(2) == 1);
        return ranked && shape.extent(-1) == 4;
    }

    static boolean isAnchors(Shape shape) {
        return (shape.rank() == 2 || shape.rank() == 3) && shape.extent(-1) == 4;
    }

    private static boolean isScoresOf(Shape boxes, Shape scores) {
        return scores.rank() == 3 && scores.extent(1) == boxes.extent(1);
    }
}
