package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Models with the outputs of the TensorFlow Object Detection API, which thin out inside: SSD, EfficientDet, CenterNet, Faster
/// and Mask R-CNN, as SavedModels, as ONNX files made of these, and in the way of TFLite. And those of its successor, TensorFlow's
/// Model Garden, which have the same names but boxes in pixels of the picture that the model scaled.
///
/// | role | shape | content |
/// |---|---|---|
/// | `boxes` | [1,N,4] | top, left, bottom, right: shares of the row's image or, by the parameter `boxes`, pixels |
/// | `classes` | [1,N] | number of the class; label maps count from 1, TFLite from 0 |
/// | `scores` | [1,N] | probabilities |
/// | `count` | [1] | how many of the N are detections; optional |
/// | `info` | [1,4,2] | how the model scaled the row's image, as (down, right): its sides, the sides wanted, factors, offsets; optional |
/// | `masks` | [1,N,h,w] | of task `segment`: probabilities over the box, or over the row's image |
///
/// Masks are brought from their box to the asset as `reframe_box_masks_to_image_masks` does it (where there is `info`, as the
/// Garden's `paste_instance_masks`, which is torchvision's way) and set where above a half.
/// Candidate index: the detection's, a second row's counted on from the first's. A class with the label `""`, of a gap in the
/// label map, is never reported.
///
/// **Pixels** are those of the row's image after it was scaled by the factors and moved by the offsets of `info`; without that
/// output, of the row's image itself.
///
/// Sources: the API's `exporter_lib_v2.py` and `utils/ops.py`; TFLite's `detection_postprocess.cc`; the Garden's
/// `serving/detection.py` and `ops/preprocess_ops.py`.
final class TfDetectionFamily implements ModelFamily {
    static final String ID = "tf-detection";
    static final String BOXES = "boxes";
    static final String CLASSES = "classes";
    static final String SCORES = "scores";
    static final String COUNT = "count";
    static final String MASKS = "masks";
    static final String TASK = "task";
    static final String FIRST_LABEL = "firstLabel";
    static final String INFO = "info";
    private static final int MOST_FIRST_LABEL = 1000;
    private static final int FACTORS = 4;
    private static final int OFFSETS = 6;

    /// No share reaches so far out of the picture; pixels do.
    private static final double FARTHEST_SHARE = 4;

    enum Task {
        DETECT,
        SEGMENT
    }

    enum Boxes {
        SHARES,
        PIXELS
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String description() {
        return "TensorFlow Object Detection API: boxes and masks, suppression inside; TFLite's four outputs";
    }

    @Override
    public GeometryKind nativeGeometry() {
        return GeometryKind.BOX;
    }

    @Override
    public GeometryKind nativeGeometry(Map<String, String> parameters) {
        return "segment".equals(parameters.get(TASK)) ? GeometryKind.MASK : GeometryKind.BOX;
    }

    @Override
    public List<FamilyParameter> parameters() {
        return List.of(
                new FamilyParameter(TASK, "what the model finds: detect or segment (with masks)", "detect"),
                new FamilyParameter(
                        FIRST_LABEL, "number that the model gives the first of `classes`; TFLite's is 0", "1"),
                new FamilyParameter(
                        BOXES,
                        "what boxes count in: shares of the picture, or pixels of it as the model scaled it (Model Garden)",
                        "shares"));
    }

    private Task task(ModelSpec spec) {
        return FamilyParameters.of(this, spec).choice(TASK, Task.class);
    }

    private Boxes boxes(ModelSpec spec) {
        return FamilyParameters.of(this, spec).choice(BOXES, Boxes.class);
    }

    private int firstLabel(ModelSpec spec) {
        return FamilyParameters.of(this, spec).whole(FIRST_LABEL, 0, MOST_FIRST_LABEL);
    }

    @Override
    public Optional<Recognition> recognise(ModelSignature signature) {
        return TfDetectionRecognition.of(signature);
    }

    @Override
    public void check(ModelSpec spec) {
        firstLabel(spec);
        task(spec);
        boxes(spec);
        if (spec.classes().isEmpty()) {
            throw new IllegalArgumentException("classes: none (expected: one label for each class of the model)");
        }
    }

    @Override
    public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
        ModelSpec model = input.model();
        StageSpec stage = model.stage(input.stage());
        Detections found = new Detections(model.suppression(), rows.size());
        List<Integer> counts = new ArrayList<>();
        int first = 0;
        for (int row = 0; row < rows.size(); row++) {
            int count = collect(rows.get(row), row, first, input, found);
            first = Math.addExact(first, count);
            counts.add(count);
        }
        ImageSize asset = rows.getFirst().transform().asset();
        if (task(model) == Task.DETECT) {
            return new Interpretation.Done(found.boxes(model.classes(), asset));
        }
        InstanceMasks.Rule rule =
                stage.outputs().containsKey(INFO) ? InstanceMasks.Rule.TORCHVISION : InstanceMasks.Rule.TENSORFLOW;
        List<InstanceMasks> masks = new ArrayList<>();
        for (int row = 0; row < rows.size(); row++) {
            Tensor tensor = tensor(rows.get(row), stage, MASKS, Shape.of(1, counts.get(row), -1, -1));
            masks.add(new InstanceMasks(tensor, rule, rows.get(row)));
        }
        List<Annotation> annotations = new ArrayList<>();
        for (Detections.Detection one : found.kept()) {
            InstanceMasks of = masks.get(one.row());
            of.mask(one.at() * of.step(), one.box())
                    .ifPresent(runs ->
                            annotations.add(new Annotation.Mask(Detections.candidate(one, model.classes()), runs)));
        }
        return new Interpretation.Done(annotations);
    }

    /// Gives how many detections the row has room for.
    private int collect(RowOutput row, int number, int first, FamilyInput input, Detections into) {
        ModelSpec model = input.model();
        StageSpec stage = model.stage(input.stage());
        Tensor scores = tensor(row, stage, SCORES, Shape.of(1, -1));
        int room = (int) scores.elements();
        Tensor boxes = tensor(row, stage, BOXES, Shape.of(1, room, 4));
        Tensor classes = tensor(row, stage, CLASSES, Shape.of(1, room));
        Outputs.checkFinite(boxes);
        Outputs.checkFinite(classes);
        int count = Outputs.named(row.outputs(), stage, COUNT)
                .map(tensor -> count(tensor, room))
                .orElse(room);
        int firstLabel = firstLabel(model);
        Scaling scaling = scaling(row, stage, boxes(model));
        Outputs.probabilitiesFrom(input.floor(), scores, (at, score) -> {
            if (at >= count) {
                return;
            }
            int label =
                    Detections.label(classes, at, firstLabel, model.classes().size());
            if (!model.classes().get(label).isEmpty()) {
                long edge = 4L * at;
                Rect box = scaling.box(boxes, edge);
                into.add(new Detections.Detection(row.transform().toAsset(box), score, label, number, at, first + at));
            }
        });
        return room;
    }

    /// From what boxes count in to pixels of the row's image: `edge * times + plus`.
    private record Scaling(boolean isShare, double timesX, double plusX, double timesY, double plusY) {
        Rect box(Tensor boxes, long at) {
            float top = boxes.f32(at);
            float left = boxes.f32(at + 1);
            float bottom = boxes.f32(at + 2);
            float right = boxes.f32(at + 3);
            if (isShare && Math.max(Math.max(-top, -left), Math.max(bottom, right)) > FARTHEST_SHARE) {
                throw new OutputInvalidException("output " + boxes.name() + ": a box from (" + left + ", " + top
                        + ") to ("
                        + right + ", " + bottom + ") (expected: shares of the picture, 0 to 1; are they pixels, write"
                        + " `parameters: {boxes: pixels}`)");
            }
            return Rect.ofCorners(
                    left * timesX + plusX, top * timesY + plusY, right * timesX + plusX, bottom * timesY + plusY);
        }
    }

    private static Scaling scaling(RowOutput row, StageSpec stage, Boxes boxes) {
        if (boxes == Boxes.SHARES) {
            ImageSize size = row.transform().input();
            return new Scaling(true, size.width(), 0, size.height(), 0);
        }
        if (Outputs.named(row.outputs(), stage, INFO).isEmpty()) {
            return new Scaling(false, 1, 0, 1, 0);
        }
        Tensor info = tensor(row, stage, INFO, Shape.of(1, 4, 2));
        Outputs.checkFinite(info);
        float factorY = info.f32(FACTORS);
        float factorX = info.f32(FACTORS + 1);
        if (!(factorX > 0 && factorY > 0)) {
            throw new OutputInvalidException("output " + info.name() + ": scaled by " + factorX + " and " + factorY
                    + " (expected: factors above 0)");
        }
        return new Scaling(
                false, 1.0 / factorX, info.f32(OFFSETS + 1) / factorX, 1.0 / factorY, info.f32(OFFSETS) / factorY);
    }

    private static int count(Tensor tensor, int room) {
        float said = tensor.elements() == 1 ? tensor.f32(0) : Float.NaN;
        if (!(said >= 0 && said <= room) || said != Math.rint(said)) {
            throw new OutputInvalidException("output " + tensor.name() + ": " + tensor.shape() + ", " + said
                    + " (expected: one number, of 0 to " + room + " detections)");
        }
        return (int) said;
    }

    private static Tensor tensor(RowOutput row, StageSpec stage, String role, Shape expected) {
        return Outputs.shaped(row, stage, role, "detection_" + role, expected, Integer.MAX_VALUE);
    }
}
