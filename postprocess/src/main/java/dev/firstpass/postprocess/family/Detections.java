package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Nms;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.Suppression;
import dev.firstpass.postprocess.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What models found that need no suppression within a row, because they have thinned out by themselves or give one query to
/// each object: the best stay. Rows of one asset may show the same object twice, so several of them are thinned out together.
///
/// Mutable, for one thread.
final class Detections {
    private static final Comparator<Detection> BEST_FIRST =
            Comparator.comparingDouble(Detection::score).reversed().thenComparingInt(Detection::index);

    private final Suppression suppression;
    private final List<Detection> found = new ArrayList<>();
    private final boolean isOneRow;

    /// One of them.
    ///
    /// @param box in asset pixels, perhaps reaching out
    /// @param label of the class, by its place in the manifest
    /// @param row which of the asset's
    /// @param at its place among the row's
    /// @param index among all rows'
    record Detection(Rect box, float score, int label, int row, int at, int index) {}

    Detections(Suppression suppression, int rows) {
        this.suppression = suppression;
        this.isOneRow = rows == 1;
    }

    /// One without extent is none.
    void add(Detection detection) {
        if (detection.box().width() > 0 && detection.box().height() > 0) {
            found.add(detection);
        }
    }

    /// Best first.
    List<Detection> kept() {
        if (isOneRow) {
            return found.stream().sorted(BEST_FIRST).limit(suppression.limit()).toList();
        }
        Map<Integer, Detection> byIndex = new HashMap<>();
        List<Nms.Scored> rivals = new ArrayList<>();
        for (Detection one : found) {
            byIndex.put(one.index(), one);
            rivals.add(new Nms.Scored(one.box(), one.score(), suppression.perClass() ? one.label() : 0, one.index()));
        }
        return Nms.keep(rivals, suppression.iou(), suppression.limit()).stream()
                .map(kept -> byIndex.getOrDefault(kept.index(), found.getFirst()))
                .toList();
    }

    /// The same as boxes cut to the asset, without those of which nothing lies in it.
    List<Annotation> boxes(List<String> classes, ImageSize asset) {
        List<Annotation> boxes = new ArrayList<>();
        for (Detection one : kept()) {
            Rect cut = one.box().clippedTo(asset);
            if (cut.area() > 0) {
                boxes.add(new Annotation.Box(candidate(one, classes), cut));
            }
        }
        return boxes;
    }

    static Candidate candidate(Detection one, List<String> classes) {
        return new Candidate(one.index(), classes.get(one.label()), one.score());
    }

    /// The class whose number a model gives, as its place in the manifest.
    ///
    /// @param first the number of the first class
    /// @throws OutputInvalidException if it is no class of the model
    static int label(Tensor tensor, long index, int first, int classes) {
        float said = tensor.f32(index);
        if (said != Math.rint(said) || said < first || said >= (double) first + classes) {
            throw Outputs.invalid(
                    tensor,
                    index,
                    said,
                    "the number of a class, " + first + " to " + (first + classes - 1) + " for the " + classes
                            + " of the manifest");
        }
        return (int) said - first;
    }
}
