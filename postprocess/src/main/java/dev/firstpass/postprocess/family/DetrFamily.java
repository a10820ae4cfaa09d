package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.List;
import java.util.Optional;

/// DETR and what came of it: transformers that give one query to each object, so that nothing is thinned out.
///
/// | layout | roles | content |
/// |---|---|---|
/// | `sigmoid` | `scores` [1,Q,C], `boxes` [1,Q,4] | RT-DETR, D-FINE, RF-DETR, Deformable and Conditional DETR: a logit for each class |
/// | `softmax` | `scores` [1,Q,C+1], `boxes` [1,Q,4] | DETR: logits, the last one of "no object" |
/// | `top` | `labels` [1,N], `boxes` [1,N,4], `scores` [1,N] | RT-DETR and D-FINE with their postprocessor: corners in pixels of the row |
/// | `columns` | `detections` [1,Q,4+C] | Ultralytics' RT-DETR: box, then probabilities |
/// | `rows` | `detections` [1,Q,6] | the same of newer versions: box, score, class |
///
/// Boxes are centre and sides as shares of the row's image, but for `top`. With `sigmoid` the Q best pairs of query and class
/// count, and a pair is a candidate (index: query * C + class); otherwise a query counts once, for its best class.
/// A class with the label `""` is never reported.
///
/// Sources: `post_process_object_detection` of transformers' image processors for DETR and RT-DETR; `rtdetr_postprocessor.py`
/// of RT-DETR, whose `deploy` is the layout `top`; `RTDETRPredictor` of Ultralytics; `PostProcess` of RF-DETR.
final class DetrFamily implements ModelFamily {
    static final String ID = "detr";
    static final String SCORES = "scores";
    static final String BOXES = "boxes";
    static final String LABELS = "labels";
    static final String DETECTIONS = "detections";
    static final String LAYOUT = "layout";

    /// Logits read together.
    private static final int PIECE = 4096;

    /// How the outputs are to be read.
    enum Layout {
        SIGMOID,
        SOFTMAX,
        TOP,
        COLUMNS,
        ROWS;

        /// The role whose last axis tells the classes; empty where none does.
        Optional<String> counted() {
            return switch (this) {
                case SIGMOID, SOFTMAX -> Optional.of(SCORES);
                case COLUMNS -> Optional.of(DETECTIONS);
                case TOP, ROWS -> Optional.empty();
            };
        }

        /// Of that axis, what is no class.
        int others() {
            return switch (this) {
                case SOFTMAX -> 1;
                case COLUMNS -> 4;
                case SIGMOID, TOP, ROWS -> 0;
            };
        }
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String description() {
        return "detection transformers: DETR, RT-DETR, D-FINE, RF-DETR, Deformable DETR, Ultralytics' RT-DETR";
    }

    @Override
    public GeometryKind nativeGeometry() {
        return GeometryKind.BOX;
    }

    @Override
    public List<FamilyParameter> parameters() {
        return List.of(new FamilyParameter(
                LAYOUT,
                "sigmoid (RT-DETR, D-FINE, RF-DETR: logits of the classes), softmax (DETR: and one of no object), "
                        + "top (labels, boxes in pixels, scores), columns [1,Q,4+classes] or rows [1,Q,6] (Ultralytics)",
                "sigmoid"));
    }

    @Override
    public Optional<Recognition> recognise(ModelSignature signature) {
        return DetrRecognition.of(signature);
    }

    @Override
    public void check(ModelSpec spec) {
        layout(spec);
        if (spec.classes().isEmpty()) {
            throw new IllegalArgumentException("classes: none (expected: one label for each class of the model)");
        }
    }

    private Layout layout(ModelSpec spec) {
        return FamilyParameters.of(this, spec).choice(LAYOUT, Layout.class);
    }

    @Override
    public void checkOutputs(ModelSpec spec, StageSpec stage, List<TensorInfo> outputs) {
        Layout layout = layout(spec);
        String wanted = layout.counted()
                .map(role -> stage.outputs().getOrDefault(role, ""))
                .orElse("");
        outputs.stream()
                .filter(output -> output.name().equals(wanted))
                .map(TensorInfo::shape)
                .filter(shape -> shape.rank() == 3 && shape.extent(2) != Shape.DYNAMIC)
                .filter(shape -> shape.extent(2) != spec.classes().size() + layout.others())
                .findFirst()
                .ifPresent(shape -> {
                    throw new IllegalArgumentException("classes: "
                            + spec.classes().size() + " (expected: "
                            + (shape.extent(2) - layout.others()) + ", by the output " + shape + " and parameters."
                            + LAYOUT + " " + FamilyParameters.word(layout) + ")");
                });
    }

    @Override
    public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
        ModelSpec model = input.model();
        Layout layout = layout(model);
        Detections found = new Detections(model.suppression(), rows.size());
        int first = 0;
        for (int row = 0; row < rows.size(); row++) {
            Reading reading = new Reading(rows.get(row), row, first, input, found);
            first = Math.addExact(first, reading.read(layout));
        }
        ImageSize asset = rows.getFirst().transform().asset();
        return new Interpretation.Done(found.boxes(model.classes(), asset));
    }

    /// One row on its way to detections.
    ///
    /// @param first index of the row's first candidate
    private record Reading(RowOutput output, int row, int first, FamilyInput input, Detections into) {
        /// Gives the number of the row's candidates.
        int read(Layout layout) {
            return switch (layout) {
                case SIGMOID -> sigmoid();
                case SOFTMAX -> softmax();
                case TOP -> top();
                case COLUMNS -> columns();
                case ROWS -> rows();
            };
        }

        private List<String> classes() {
            return input.model().classes();
        }

        private float floor() {
            return Outputs.floor(input.floor());
        }

        /// The tensor in a role, with these extents after the first, -1 for any.
        private Tensor tensor(String role, long... extents) {
            StageSpec stage = input.model().stage(input.stage());
            return Outputs.shaped(output, stage, role, role, Shape.of(extents), Integer.MAX_VALUE);
        }

        // --- Logits and boxes

        private int sigmoid() {
            int classes = classes().size();
            Tensor scores = tensor(SCORES, 1, -1, classes);
            int queries = (int) scores.shape().extent(1);
            Tensor boxes = tensor(BOXES, 1, queries, 4);
            Outputs.checkFinite(boxes);
            BestCandidates best = new BestCandidates(Math.max(1, queries));
            float floor = floor();
            // A little lower than the floor's own logit: the exact comparison follows.
            float low = (float) Math.log(floor / (1.0 - floor)) - 1e-3f;
            float[] piece = new float[PIECE];
            for (long from = 0; from < scores.elements(); from += PIECE) {
                int count = scores.read(from, piece);
                for (int i = 0; i < count; i++) {
                    if (!Float.isFinite(piece[i])) {
                        throw Outputs.invalid(scores, from + i, piece[i], "a finite number");
                    }
                    if (piece[i] >= low) {
                        float score = (float) (1 / (1 + Math.exp(-piece[i])));
                        if (score >= floor) {
                            best.add((int) from + i, score);
                        }
                    }
                }
            }
            best.forEach((index, score) -> add(share(boxes, index / classes, 4), score, index % classes, index));
            return Math.toIntExact(scores.elements());
        }

        private int softmax() {
            int columns = classes().size() + 1;
            Tensor scores = tensor(SCORES, 1, -1, columns);
            int queries = (int) scores.shape().extent(1);
            Tensor boxes = tensor(BOXES, 1, queries, 4);
            Outputs.checkFinite(scores);
            Outputs.checkFinite(boxes);
            float[] logits = new float[columns];
            for (int query = 0; query < queries; query++) {
                scores.read((long) query * columns, logits, columns);
                int best = best(logits, 0, columns - 1);
                float highest = Math.max(logits[best], logits[columns - 1]);
                double sum = 0;
                for (float logit : logits) {
                    sum += Math.exp(logit - highest);
                }
                float score = (float) (Math.exp(logits[best] - highest) / sum);
                if (score >= floor()) {
                    add(share(boxes, query, 4), score, best, query);
                }
            }
            return queries;
        }

        /// The first of the greatest of some values, counted from `from`.
        private static int best(float[] values, int from, int count) {
            int best = 0;
            for (int i = 1; i < count; i++) {
                if (values[from + i] > values[from + best]) {
                    best = i;
                }
            }
            return best;
        }

        // --- Chosen by the model

        private int top() {
            Tensor scores = tensor(SCORES, 1, -1);
            int count = (int) scores.shape().extent(1);
            Tensor boxes = tensor(BOXES, 1, count, 4);
            Tensor labels = tensor(LABELS, 1, count);
            Outputs.checkFinite(boxes);
            Outputs.checkFinite(labels);
            Outputs.probabilitiesFrom(input.floor(), scores, (at, score) -> {
                long corner = 4L * at;
                Rect box = Rect.ofCorners(
                        boxes.f32(corner), boxes.f32(corner + 1), boxes.f32(corner + 2), boxes.f32(corner + 3));
                add(box, score, Detections.label(labels, at, 0, classes().size()), at);
            });
            return count;
        }

        private int columns() {
            int classes = classes().size();
            Tensor all = tensor(DETECTIONS, 1, -1, 4L + classes);
            int queries = (int) all.shape().extent(1);
            Outputs.checkFinite(all);
            float[] query = new float[4 + classes];
            for (int at = 0; at < queries; at++) {
                long start = (long) at * query.length;
                all.read(start, query, query.length);
                for (int i = 4; i < query.length; i++) {
                    query[i] = Outputs.probability(all, start + i, query[i]);
                }
                int best = best(query, 4, classes);
                if (query[4 + best] >= floor()) {
                    add(share(all, at, query.length), query[4 + best], best, at);
                }
            }
            return queries;
        }

        private int rows() {
            Tensor all = tensor(DETECTIONS, 1, -1, 6);
            int queries = (int) all.shape().extent(1);
            Outputs.checkFinite(all);
            for (int at = 0; at < queries; at++) {
                float score = Outputs.probability(all, 6L * at + 4, all.f32(6L * at + 4));
                if (score >= floor()) {
                    add(
                            share(all, at, 6),
                            score,
                            Detections.label(all, 6L * at + 5, 0, classes().size()),
                            at);
                }
            }
            return queries;
        }

        /// A box given as shares of the row's image, in pixels of the row; sides below 0 are 0.
        private Rect share(Tensor boxes, int at, int step) {
            long start = (long) at * step;
            double width = output.transform().input().width();
            double height = output.transform().input().height();
            double across = Math.max(0, boxes.f32(start + 2)) * width;
            double down = Math.max(0, boxes.f32(start + 3)) * height;
            return new Rect(
                    boxes.f32(start) * width - across / 2, boxes.f32(start + 1) * height - down / 2, across, down);
        }

        private void add(Rect inRow, float score, int label, int at) {
            if (!classes().get(label).isEmpty()) {
                Rect box = output.transform().toAsset(inRow);
                into.add(new Detections.Detection(box, score, label, row, at, first + at));
            }
        }
    }
}
