package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.MinAreaRect;
import dev.firstpass.postprocess.geometry.Nms;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.spec.Suppression;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// From the candidates of all rows of an asset to its annotations: the best go to asset pixels, are thinned out over all
/// rows together, and only what stays is looked at any further.
///
/// Boxes are cut to the asset after they were thinned out, as the libraries do it.
///
/// For one thread.
final class YoloReading {
    /// Most candidates of a row that are thinned out, the best: `max_nms` of Ultralytics.
    private static final int MOST_CANDIDATES = 30_000;

    /// The same of rotated boxes, of which each is compared with all.
    private static final int MOST_ROTATED = 5_000;

    /// A joint that is less likely than this is absent: what Ultralytics' own drawing leaves out.
    private static final float LEAST_JOINT = 0.5f;

    /// By how much the two scales of a letterbox may differ, whose sides are whole pixels.
    private static final double UNIFORM = 0.02;

    private static final Comparator<Nms.Scored> BEST_FIRST =
            Comparator.comparingDouble(Nms.Scored::score).reversed().thenComparingInt(Nms.Scored::index);

    /// One row.
    ///
    /// @param extras how many numbers each candidate has beside its box, score and class
    /// @param masks empty where the task has none
    record Row(YoloCandidates candidates, ImageTransform transform, int extras, Optional<PrototypeMasks> masks) {}

    private final YoloHead head;
    private final Suppression suppression;
    private final List<Row> rows;
    private final int[] firsts;
    private final double[] box = new double[4];

    YoloReading(YoloHead head, Suppression suppression, List<Row> rows) {
        this.head = head;
        this.suppression = suppression;
        this.rows = List.copyOf(rows);
        this.firsts = new int[rows.size() + 1];
        for (int row = 0; row < rows.size(); row++) {
            firsts[row + 1] =
                    Math.addExact(firsts[row], rows.get(row).candidates().count());
        }
    }

    /// Best first.
    List<Annotation> annotations(double least) {
        List<Nms.Scored> found = new ArrayList<>();
        for (int row = 0; row < rows.size(); row++) {
            collect(row, Outputs.floor(least), found);
        }
        List<Annotation> annotations = new ArrayList<>();
        for (Nms.Scored kept : kept(found)) {
            annotation(kept).ifPresent(annotations::add);
        }
        return annotations;
    }

    private void collect(int index, float floor, List<Nms.Scored> into) {
        Row row = rows.get(index);
        BestCandidates best = new BestCandidates(isRotated() ? MOST_ROTATED : MOST_CANDIDATES);
        row.candidates().from(floor, best::add);
        best.forEach((candidate, score) -> {
            row.candidates().box(candidate, box);
            if (box[2] > 0 && box[3] > 0) {
                Rect inRow = new Rect(box[0] - box[2] / 2, box[1] - box[3] / 2, box[2], box[3]);
                int group = suppression.perClass() ? row.candidates().classOf(candidate) : 0;
                into.add(new Nms.Scored(row.transform().toAsset(inRow), score, group, firsts[index] + candidate));
            }
        });
    }

    private boolean isRotated() {
        return head.task() == YoloHead.Task.OBB;
    }

    private List<Nms.Scored> kept(List<Nms.Scored> found) {
        // What a single row's model has thinned out itself is only put in order.
        boolean isDone = head.layout().isThinned() && rows.size() == 1;
        if (!isRotated() && !isDone) {
            return Nms.keep(found, suppression.iou(), suppression.limit());
        }
        found.sort(BEST_FIRST);
        if (isDone) {
            return found.subList(0, Math.min(found.size(), suppression.limit()));
        }
        RotatedSuppression rotated = new RotatedSuppression(suppression.iou());
        List<Nms.Scored> kept = new ArrayList<>();
        for (Nms.Scored one : found) {
            if (kept.size() == suppression.limit()) {
                break;
            }
            // In the row's own pixels, where there is only one row: exactly what the library compares.
            RotatedRect rect = rows.size() == 1 ? inRow(one.index()) : inAsset(one.index());
            if (rotated.add(
                    one.group(), rect.cx(), rect.cy(), rect.width(), rect.height(), Math.toRadians(rect.angle()))) {
                kept.add(one);
            }
        }
        return kept;
    }

    private Optional<Annotation> annotation(Nms.Scored kept) {
        Row row = rowOf(kept.index());
        int candidate = kept.index() - firstOf(kept.index());
        String label = head.classes().get(row.candidates().classOf(candidate));
        Candidate said = new Candidate(kept.index(), label, kept.score());
        Rect cut = kept.box().clippedTo(row.transform().asset());
        return switch (head.task()) {
            case DETECT -> cut.area() > 0 ? Optional.of(new Annotation.Box(said, cut)) : Optional.empty();
            case SEGMENT -> {
                float[] coefficients = new float[row.extras()];
                for (int i = 0; i < coefficients.length; i++) {
                    coefficients[i] = row.candidates().extra(candidate, i);
                }
                yield row.masks()
                        .flatMap(masks -> masks.mask(coefficients, cut))
                        .map(runs -> new Annotation.Mask(said, runs));
            }
            case OBB -> Optional.of(new Annotation.RotatedBox(said, inAsset(kept.index())));
            case POSE ->
                cut.area() > 0
                        ? Optional.of(new Annotation.Keypoints(said, joints(row, candidate, said), Optional.of(cut)))
                        : Optional.empty();
        };
    }

    private int rowIndex(int index) {
        int row = 0;
        while (index >= firsts[row + 1]) {
            row++;
        }
        return row;
    }

    private Row rowOf(int index) {
        return rows.get(rowIndex(index));
    }

    private int firstOf(int index) {
        return firsts[rowIndex(index)];
    }

    // --- Rotated boxes

    private RotatedRect inRow(int index) {
        YoloCandidates candidates = rowOf(index).candidates();
        int candidate = index - firstOf(index);
        candidates.box(candidate, box);
        return new RotatedRect(box[0], box[1], box[2], box[3], Math.toDegrees(candidates.extra(candidate, 0)));
    }

    private RotatedRect inAsset(int index) {
        RotatedRect rect = inRow(index);
        ImageTransform transform = rowOf(index).transform();
        boolean isStraight = transform.xy() == 0 && transform.yx() == 0 && transform.xx() > 0 && transform.yy() > 0;
        if (isStraight && Math.abs(transform.xx() / transform.yy() - 1) <= UNIFORM) {
            Point centre = transform.toAsset(new Point(rect.cx(), rect.cy()));
            return new RotatedRect(
                    centre.x(),
                    centre.y(),
                    rect.width() / transform.xx(),
                    rect.height() / transform.yy(),
                    Math.IEEEremainder(rect.angle(), 180));
        }
        // Stretched, it is no rectangle any more.
        return MinAreaRect.of(rect.corners().stream().map(transform::toAsset).toList());
    }

    // --- Joints

    private List<Keypoint> joints(Row row, int candidate, Candidate said) {
        int each = row.extras() / head.keypoints().size();
        ImageSize asset = row.transform().asset();
        List<Keypoint> joints = new ArrayList<>();
        for (int joint = 0; joint < head.keypoints().size(); joint++) {
            Point at = row.transform()
                    .toAsset(new Point(
                            row.candidates().extra(candidate, joint * each),
                            row.candidates().extra(candidate, joint * each + 1)));
            Point within = new Point(Math.clamp(at.x(), 0.0, asset.width()), Math.clamp(at.y(), 0.0, asset.height()));
            String name = head.keypoints().get(joint);
            if (each == 2) {
                joints.add(new Keypoint(name, within, Keypoint.Visibility.VISIBLE, said.score()));
            } else {
                float seen = seen(row.candidates().extra(candidate, joint * each + 2), name);
                Keypoint.Visibility visibility =
                        seen >= LEAST_JOINT ? Keypoint.Visibility.VISIBLE : Keypoint.Visibility.ABSENT;
                joints.add(new Keypoint(name, within, visibility, seen));
            }
        }
        return joints;
    }

    private static float seen(float value, String joint) {
        if (!(value >= 0 && value <= 1)) {
            throw new OutputInvalidException(
                    "joint " + joint + ": " + value + " (expected: 0..1, how likely it is there; are these logits?)");
        }
        return value;
    }
}
