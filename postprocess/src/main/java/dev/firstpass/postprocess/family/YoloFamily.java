package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.RawOutputs;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// YOLO from version 5 on, as the projects export it: detection, instance masks, rotated boxes and poses.
///
/// | role | shape | content |
/// |---|---|---|
/// | `detections` | by the parameter `layout` | boxes in pixels of the row's image, scores of the classes, extras of the task |
/// | `prototypes` | [1,P,h,w] or [1,h,w,P] | of task `segment`: masks of which each instance is a sum |
///
/// | layout | shape | where from |
/// |---|---|---|
/// | `columns` | [1, 4+classes+extras, N] | Ultralytics v8, v9, 11, 12, v5u: centre and sides, probabilities |
/// | `rows` | [1, N, 5+classes+extras] | YOLOv5, v6 and v7: the same with the probability of any object before the classes |
/// | `end-to-end` | [1, N, 6+extras] | Ultralytics v10, 26 and `nms=True`: corners, score, class; rotated: centre and sides |
/// | `numbered-rows` | [N, 7] | YOLOv7 `--end2end` and YOLOv6: number of the image, corners, class, score |
/// | `heads` | [1,A,h,w,5+classes] each | YOLOv5 and v7 without their last layer: see [YoloHeads] |
///
/// An anchor counts once, for its best class, as in the libraries' own prediction (`multi_label=False`). Boxes are thinned out
/// by class, greedily; rotated ones as [RotatedSuppression] says. Masks are cut as [PrototypeMasks] says. A pose is its joints
/// and its box; joints that are less likely than 0.5 are absent. Candidate index: the anchor's, or the row's of a model that
/// thins out itself; a second row of the asset is counted on from the first. A class with the label `""` is never reported.
///
/// Sources: `non_max_suppression`, `ops` and the predictors of Ultralytics 8.4; `models/yolo.py` and `utils/general.py` of
/// YOLOv5 7.0; `models/yolo.py` of YOLOv7; `yolov6/models/effidehead.py`.
final class YoloFamily implements ModelFamily {
    static final String ID = "yolo";
    static final String DETECTIONS = "detections";
    static final String PROTOTYPES = "prototypes";

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String description() {
        return "YOLO v5 to v12 and 26: boxes, instance masks, rotated boxes, poses (Ultralytics, YOLOv5, v6, v7, v10)";
    }

    @Override
    public GeometryKind nativeGeometry() {
        return GeometryKind.BOX;
    }

    @Override
    public GeometryKind nativeGeometry(Map<String, String> parameters) {
        return switch (parameters.getOrDefault(YoloHead.TASK, "")) {
            case "segment" -> GeometryKind.MASK;
            case "obb" -> GeometryKind.ROTATED_BOX;
            case "pose" -> GeometryKind.KEYPOINTS;
            default -> GeometryKind.BOX;
        };
    }

    @Override
    public List<FamilyParameter> parameters() {
        return YoloHead.PARAMETERS;
    }

    @Override
    public Optional<Recognition> recognise(ModelSignature signature) {
        return YoloRecognition.of(signature);
    }

    @Override
    public void check(ModelSpec spec) {
        YoloHead.of(this, spec);
    }

    @Override
    public void checkOutputs(ModelSpec spec, StageSpec stage, List<TensorInfo> outputs) {
        YoloHead head = YoloHead.of(this, spec);
        if (head.layout() == YoloHead.Layout.HEADS) {
            return;
        }
        String wanted = stage.outputs().getOrDefault(DETECTIONS, "");
        outputs.stream()
                .filter(output -> wanted.isEmpty()
                        ? head.isRank(output.shape())
                        : output.name().equals(wanted))
                .findFirst()
                .map(TensorInfo::shape)
                .filter(shape -> head.isRank(shape) && head.numbers(shape) != Shape.DYNAMIC)
                .ifPresent(shape -> {
                    try {
                        head.extras(head.numbers(shape));
                    } catch (IllegalArgumentException e) {
                        throw new IllegalArgumentException(
                                "classes: " + head.classes().size() + " for the output " + shape + " (expected: "
                                        + e.getMessage() + ")");
                    }
                });
    }

    @Override
    public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
        YoloHead head = YoloHead.of(this, input.model());
        StageSpec stage = input.model().stage(input.stage());
        List<YoloReading.Row> read =
                rows.stream().map(row -> row(row, head, stage)).toList();
        return new Interpretation.Done(
                new YoloReading(head, input.model().suppression(), read).annotations(input.floor()));
    }

    private static YoloReading.Row row(RowOutput row, YoloHead head, StageSpec stage) {
        if (head.layout() == YoloHead.Layout.HEADS) {
            return new YoloReading.Row(
                    heads(row.outputs(), head, row.transform().input()), row.transform(), 0, Optional.empty());
        }
        Tensor detections = detections(row.outputs(), head, stage);
        int extras = extras(detections, head);
        Optional<PrototypeMasks> masks = head.task() == YoloHead.Task.SEGMENT
                ? Optional.of(new PrototypeMasks(prototypes(row.outputs(), stage), extras, row))
                : Optional.empty();
        boolean centred = head.task() == YoloHead.Task.OBB;
        YoloCandidates candidates = switch (head.layout()) {
            case COLUMNS -> new YoloColumns(detections, head.classes());
            case ROWS -> new YoloRows(detections, head.classes());
            case END_TO_END, NUMBERED_ROWS ->
                new YoloEndToEnd(detections, head.classes(), head.layout() == YoloHead.Layout.NUMBERED_ROWS, centred);
            case HEADS -> throw new IllegalStateException("read elsewhere");
        };
        return new YoloReading.Row(candidates, row.transform(), extras, masks);
    }

    private static Tensor detections(RawOutputs outputs, YoloHead head, StageSpec stage) {
        return Outputs.named(outputs, stage, DETECTIONS)
                .or(() -> outputs.tensors().stream()
                        .filter(tensor -> head.isRank(tensor.shape()))
                        .findFirst())
                .orElseThrow(() -> Outputs.notFound(DETECTIONS, head.expected(), outputs));
    }

    private static Tensor prototypes(RawOutputs outputs, StageSpec stage) {
        return Outputs.named(outputs, stage, PROTOTYPES)
                .or(() -> outputs.tensors().stream()
                        .filter(tensor -> tensor.shape().rank() == 4)
                        .findFirst())
                .orElseThrow(() -> Outputs.notFound(PROTOTYPES, "[1,P,h,w]", outputs));
    }

    private static int extras(Tensor detections, YoloHead head) {
        Shape shape = detections.shape();
        boolean isNumbered = head.layout() == YoloHead.Layout.NUMBERED_ROWS;
        if (!head.isRank(shape)
                || (!isNumbered && shape.extent(0) != 1)
                || shape.elements() > Integer.MAX_VALUE
                || (isNumbered && shape.extent(1) != 7)) {
            throw unexpected(detections, head);
        }
        try {
            return head.extras(head.numbers(shape));
        } catch (IllegalArgumentException e) {
            throw unexpected(detections, head);
        }
    }

    private static OutputInvalidException unexpected(Tensor tensor, YoloHead head) {
        return new OutputInvalidException(
                "output " + tensor.name() + ": " + tensor.shape() + " (expected: " + head.expected() + ")");
    }

    /// The undecoded heads: all outputs with four or five axes, finest grid first.
    private static YoloHeads heads(RawOutputs outputs, YoloHead head, ImageSize input) {
        List<Tensor> heads = new ArrayList<>(outputs.tensors().stream()
                .filter(tensor -> tensor.shape().rank() == 5 || tensor.shape().rank() == 4)
                .sorted(Comparator.comparingLong((Tensor tensor) -> cells(tensor))
                        .reversed())
                .toList());
        int anchors = head.anchors().length / 2;
        if (heads.isEmpty() || anchors % heads.size() != 0) {
            throw Outputs.notFound(DETECTIONS, head.expected(), outputs);
        }
        long numbers = 5L + head.classes().size();
        long each = anchors / heads.size();
        for (Tensor tensor : heads) {
            Shape shape = tensor.shape();
            boolean fits = YoloHeads.isInterleaved(tensor)
                    ? shape.extent(1) == each && shape.extent(4) == numbers
                    : shape.extent(1) == each * numbers;
            if (!fits || shape.extent(0) != 1 || tensor.elements() > Integer.MAX_VALUE || tensor.elements() == 0) {
                throw unexpected(tensor, head);
            }
        }
        return new YoloHeads(heads, head.classes(), head.anchors(), input);
    }

    private static long cells(Tensor tensor) {
        boolean isInterleaved = YoloHeads.isInterleaved(tensor);
        return tensor.shape().extent(isInterleaved ? -2 : -1) * tensor.shape().extent(isInterleaved ? -3 : -2);
    }
}
