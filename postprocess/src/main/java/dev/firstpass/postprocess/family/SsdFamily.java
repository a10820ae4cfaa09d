package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Nms;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.spec.Suppression;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.RawOutputs;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Single-shot detectors without suppression inside: SSD of TensorFlow's Object Detection API, of torchvision, and of older code, with
/// boxes that are decoded or not; RetinaNet's heads as well.
///
/// | role | shape | content |
/// |---|---|---|
/// | `boxes` | [1,N,4] or [1,N,1,4] | by the parameter `boxes`: corners as shares of the row's image, or shifts from anchors |
/// | `scores` | [1,N,C] | by `scores`: probabilities or logits of each class; by `background`, one column before them of no object |
/// | `anchors` | [N,4] or [1,N,4] | where boxes are shifts and the parameters have no `grids`: what the shifts are from |
///
/// An anchor may be reported once for every class that passes. Boxes are brought to asset pixels, cut to the asset
/// and then suppressed, over all rows of the asset together, as the Object Detection API does with its clip window.
/// Of equal scores the earlier candidate is the better. Candidate index: anchor * C + column, a second row's counted
/// on from the first's. A class with the label `""` is a gap (COCO's ids go to 90 for 80 classes) and never reported; no more is a first
/// one that is called background.
///
/// Sources: Liu et al., SSD (2016); torchvision 0.29, `ssd.py` (`postprocess_detections`), `anchor_utils.py`
/// (`DefaultBoxGenerator`), `_utils.py` (`BoxCoder`, whose limit of a box's growth holds for all); TensorFlow's
/// `multiple_grid_anchor_generator.py` and `faster_rcnn_box_coder.py`; `convert_to_caffe2_models.py` of pytorch-ssd.
final class SsdFamily implements ModelFamily {
    static final String ID = "ssd";
    static final String BOXES = "boxes";
    static final String SCORES = "scores";
    static final String ANCHORS = "anchors";

    /// Most candidates of a row that go into suppression, best first: bounds the cost when a request asks for
    /// threshold 0.
    private static final int MOST_CANDIDATES = 5000;

    /// Scores read together.
    private static final int PIECE = 4096;

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String description() {
        return "single-shot detectors without suppression inside: SSD of TensorFlow, torchvision and others, decoded or not";
    }

    @Override
    public GeometryKind nativeGeometry() {
        return GeometryKind.BOX;
    }

    @Override
    public List<FamilyParameter> parameters() {
        return SsdReading.parameters();
    }

    @Override
    public Optional<Recognition> recognise(ModelSignature signature) {
        return SsdRecognition.of(signature);
    }

    @Override
    public void check(ModelSpec spec) {
        SsdReading.of(this, spec).onGrids(new ImageSize(1, 1));
        if (spec.classes().isEmpty()) {
            throw new IllegalArgumentException("classes: none (expected: one label per column of the scores)");
        }
    }

    @Override
    public void checkOutputs(ModelSpec spec, StageSpec stage, List<TensorInfo> outputs) {
        SsdReading reading = SsdReading.of(this, spec);
        Optional<SsdHeads> found = SsdHeads.among(outputs);
        declared(stage, outputs, SCORES, found.map(SsdHeads::scores))
                .map(TensorInfo::shape)
                .filter(shape -> shape.rank() == 3 && shape.extent(2) != Shape.DYNAMIC)
                .ifPresent(shape -> {
                    int classes = spec.classes().size();
                    int others = reading.others(shape.extent(2), classes);
                    if (shape.extent(2) != classes + others) {
                        throw new IllegalArgumentException("classes: " + classes + " (expected: "
                                + (shape.extent(2) - others) + ", one per column of the scores " + shape
                                + (others > 0 ? " but the background's)" : ")"));
                    }
                });
        if (!reading.boxes().isDecoded()) {
            checkAnchors(reading, stage, outputs, found);
        }
    }

    private static void checkAnchors(
            SsdReading reading, StageSpec stage, List<TensorInfo> outputs, Optional<SsdHeads> found) {
        // How far apart they are does not matter to their number.
        Optional<SsdAnchors> onGrids = reading.onGrids(new ImageSize(1, 1));
        if (onGrids.isEmpty()
                && declared(stage, outputs, ANCHORS, found.flatMap(SsdHeads::anchors))
                        .isEmpty()) {
            throw new IllegalArgumentException(
                    "parameters." + SsdReading.GRIDS
                            + ": missing (expected: the grids of the anchors, with their scales, since no output holds anchors)");
        }
        declared(stage, outputs, BOXES, found.map(SsdHeads::boxes))
                .map(TensorInfo::shape)
                .filter(shape -> shape.rank() >= 3 && shape.extent(1) != Shape.DYNAMIC)
                .filter(shape -> onGrids.filter(anchors -> anchors.count() != shape.extent(1))
                        .isPresent())
                .ifPresent(shape -> {
                    throw new IllegalArgumentException("parameters." + SsdReading.GRIDS + ": "
                            + onGrids.get().count() + " anchors (expected: " + shape.extent(1) + ", by the boxes "
                            + shape + ")");
                });
    }

    /// The output that the manifest gives a role to, else the one found.
    private static Optional<TensorInfo> declared(
            StageSpec stage, List<TensorInfo> outputs, String role, Optional<TensorInfo> found) {
        String wanted = stage.outputs().getOrDefault(role, "");
        return wanted.isEmpty()
                ? found
                : outputs.stream()
                        .filter(output -> output.name().equals(wanted))
                        .findFirst();
    }

    @Override
    public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
        SsdReading reading = SsdReading.of(this, input.model());
        Suppression suppression = input.model().suppression();
        List<String> classes = input.model().classes();
        int others = reading.others(scores(rows.getFirst(), input).shape().extent(-1), classes.size());
        int columns = classes.size() + others;
        List<Nms.Scored> boxes = new ArrayList<>();
        int firstIndex = 0;
        for (RowOutput row : rows) {
            firstIndex = Math.addExact(firstIndex, new Row(row, reading, others, input).read(firstIndex, boxes));
        }
        return new Interpretation.Done(Nms.keep(boxes, suppression.iou(), suppression.limit()).stream()
                .<Annotation>map(kept -> new Annotation.Box(
                        new Candidate(kept.index(), classes.get(kept.index() % columns - others), kept.score()),
                        kept.box()))
                .toList());
    }

    private static Tensor scores(RowOutput row, FamilyInput input) {
        StageSpec stage = input.model().stage(input.stage());
        return head(row.outputs(), stage, SCORES, heads(row.outputs()).map(SsdHeads::scores), "[1,N,C]");
    }

    private static Optional<SsdHeads> heads(RawOutputs outputs) {
        return SsdHeads.among(outputs.tensors().stream()
                .map(tensor -> new TensorInfo(tensor.name(), tensor.type(), tensor.shape()))
                .toList());
    }

    private static Tensor head(
            RawOutputs outputs, StageSpec stage, String role, Optional<TensorInfo> found, String expected) {
        return Outputs.named(outputs, stage, role)
                .or(() -> found.flatMap(info -> outputs.tensor(info.name())))
                .orElseThrow(() -> Outputs.notFound(role, expected, outputs));
    }

    /// One row on its way to candidates.
    private record Row(RowOutput output, SsdReading reading, int others, FamilyInput input) {
        /// Adds the candidates, numbered from `firstIndex`, and gives the number of all the row's scores.
        int read(int firstIndex, List<Nms.Scored> into) {
            RawOutputs outputs = output.outputs();
            StageSpec stage = input.model().stage(input.stage());
            Optional<SsdHeads> found = heads(outputs);
            Tensor boxes = head(outputs, stage, BOXES, found.map(SsdHeads::boxes), "[1,N,4] or [1,N,1,4]");
            Tensor scores = scores(output, input);
            check(boxes.shape(), scores.shape());
            Outputs.checkFinite(boxes);
            ImageTransform transform = output.transform();
            SsdAnchors anchors = anchors(
                    stage, found.flatMap(SsdHeads::anchors), (int) boxes.shape().extent(1));
            boolean perClass = input.model().suppression().perClass();
            candidates(scores).forEach((index, score) -> {
                Rect inRow = reading.box(boxes, index / columns(), anchors, transform.input());
                Rect box = transform.toAsset(inRow).clippedTo(transform.asset());
                if (box.area() > 0) {
                    int group = perClass ? index % columns() : 0;
                    into.add(new Nms.Scored(box, score, group, firstIndex + index));
                }
            });
            return Math.toIntExact(scores.elements());
        }

        private int columns() {
            return input.model().classes().size() + others;
        }

        private void check(Shape boxes, Shape scores) {
            if (!SsdHeads.isBoxes(boxes)) {
                throw new OutputInvalidException("output boxes: " + boxes + " (expected: [1,N,4] or [1,N,1,4])");
            }
            if (scores.rank() != 3 || scores.extent(1) != boxes.extent(1) || scores.extent(2) != columns()) {
                throw new OutputInvalidException("output scores: " + scores + " (expected: [1," + boxes.extent(1) + ","
                        + columns() + "]: one row per box, one column per class"
                        + (others > 0 ? " after the background's)" : ")"));
            }
        }

        /// One for each box; none where boxes are decoded.
        private SsdAnchors anchors(StageSpec stage, Optional<TensorInfo> found, int boxes) {
            if (reading.boxes().isDecoded()) {
                return new SsdAnchors.Grids(List.of());
            }
            ImageSize row = output.transform().input();
            SsdAnchors anchors = reading.onGrids(row).orElseGet(() -> {
                Tensor tensor = head(output.outputs(), stage, ANCHORS, found, "[" + boxes + ",4]");
                if (!SsdHeads.isAnchors(tensor.shape())) {
                    throw Outputs.otherShape(tensor, Shape.of(boxes, 4));
                }
                Outputs.checkFinite(tensor);
                return new SsdAnchors.Given(tensor, reading.form(), row);
            });
            if (anchors.count() != boxes) {
                throw new OutputInvalidException(
                        "output boxes: " + boxes + " of them (expected: " + anchors.count() + ", one for each anchor)");
            }
            return anchors;
        }

        /// The best of those that are likely enough.
        private BestCandidates candidates(Tensor scores) {
            BestCandidates best = new BestCandidates(MOST_CANDIDATES);
            switch (reading.scores()) {
                case PROBABILITIES ->
                    Outputs.probabilitiesFrom(input.floor(), scores, (index, score) -> add(best, index, score));
                case SIGMOID -> sigmoid(scores, best);
                case SOFTMAX -> softmax(scores, best);
            }
            return best;
        }

        private void add(BestCandidates best, int index, float score) {
            int label = index % columns() - others;
            List<String> classes = input.model().classes();
            boolean isBackground = label == 0 && SsdRecognition.isBackground(classes.getFirst());
            if (label >= 0 && !isBackground && !classes.get(label).isEmpty()) {
                best.add(index, score);
            }
        }

        private void sigmoid(Tensor scores, BestCandidates best) {
            float floor = Outputs.floor(input.floor());
            // A little lower than the floor's own logit: the exact comparison follows.
            float low = (float) Math.log(floor / (1.0 - floor)) - 1e-3f;
            float[] piece = new float[PIECE];
            for (long from = 0; from < scores.elements(); from += PIECE) {
                int count = scores.read(from, piece);
                for (int i = 0; i < count; i++) {
                    Outputs.requireFinite(scores, from + i, piece[i]);
                    if (piece[i] >= low) {
                        float score = (float) (1 / (1 + Math.exp(-piece[i])));
                        if (score >= floor) {
                            add(best, Math.toIntExact(from + i), score);
                        }
                    }
                }
            }
        }

        /// An anchor's exponentials are added up only where one of its classes can be likely enough beside its greatest logit.
        private void softmax(Tensor scores, BestCandidates best) {
            int columns = columns();
            float floor = Outputs.floor(input.floor());
            float low = (float) Math.log(floor) - 1e-3f;
            float[] logits = new float[columns];
            for (long from = 0; from < scores.elements(); from += columns) {
                scores.read(from, logits, columns);
                float greatest = Float.NEGATIVE_INFINITY;
                float likeliest = Float.NEGATIVE_INFINITY;
                for (int i = 0; i < columns; i++) {
                    Outputs.requireFinite(scores, from + i, logits[i]);
                    greatest = Math.max(greatest, logits[i]);
                    likeliest = i < others ? likeliest : Math.max(likeliest, logits[i]);
                }
                if (likeliest - greatest >= low) {
                    double sum = 0;
                    for (float logit : logits) {
                        sum += Math.exp(logit - greatest);
                    }
                    for (int i = others; i < columns; i++) {
                        float score = (float) (Math.exp(logits[i] - greatest) / sum);
                        if (score >= floor) {
                            add(best, Math.toIntExact(from + i), score);
                        }
                    }
                }
            }
        }
    }
}
