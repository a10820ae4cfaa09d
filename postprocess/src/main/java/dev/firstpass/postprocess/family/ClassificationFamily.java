package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the image as a whole shows: classes that exclude each other, or labels of which any may hold.
///
/// | role | shape | content |
/// |---|---|---|
/// | `scores` | [1,C] or [1,C,1,1] | logits or probabilities of the classes; a single one is that of the only class, or of the second of two |
///
/// Classes that exclude each other have the softmax of the logits; that the numbers are probabilities already is told by their
/// sum, 1, where neither the file nor the manifest says it. Labels of which any may hold have the logistic function of theirs.
///
/// Where names hold groups, `animal/dog` with the separator `/`, a group is a label as well: it has the sum of its classes, or of
/// labels of which any may hold the greatest. Candidate index: the class's column, and for groups the number of columns and
/// the group's place in the order in which names bring them up. A class with the label `""` is never reported.
///
/// Sources: torchvision's and timm's classifiers and those of Transformers give logits; Ultralytics' export ends with softmax
/// (ultralytics/nn/modules/head.py, `Classify`).
final class ClassificationFamily implements ModelFamily {
    static final String ID = "classification";
    static final String SCORES = "scores";
    static final String TASK = "task";
    static final String GIVES = "gives";
    private static final String SEPARATOR = "separator";
    private static final String TOP = "top";
    private static final int MOST_TOP = 100_000;

    /// How far probabilities in half precision may add up to something else than 1.
    private static final double SLACK = 2e-3;

    /// So many labels that are all likelier than not, each by less than 1 in logits, are probabilities.
    private static final int MANY = 4;

    private static final Comparator<Annotation> BEST_FIRST = Comparator.comparingDouble(
                    (Annotation one) -> one.candidate().score())
            .reversed()
            .thenComparingInt(one -> one.candidate().index());

    enum Task {
        MULTI_CLASS,
        MULTI_LABEL
    }

    enum Gives {
        AUTO,
        LOGITS,
        PROBABILITIES
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String description() {
        return "labels of the image as a whole: one of several classes, or any of several labels";
    }

    @Override
    public GeometryKind nativeGeometry() {
        return GeometryKind.CLASSIFICATION;
    }

    @Override
    public List<FamilyParameter> parameters() {
        return List.of(
                new FamilyParameter(
                        TASK, "multi-class: classes exclude each other; multi-label: any may hold", "multi-class"),
                new FamilyParameter(
                        GIVES,
                        "what the output holds: logits, probabilities, or auto: by their sum, and logits for multi-label",
                        "auto"),
                new FamilyParameter(SEPARATOR, "what parts names into groups, for instance / in animal/dog", ""),
                new FamilyParameter(TOP, "most labels of each level of groups, the best first; 0 for all", "0"));
    }

    private Task task(ModelSpec spec) {
        return FamilyParameters.of(this, spec).choice(TASK, Task.class);
    }

    private Gives gives(ModelSpec spec) {
        return FamilyParameters.of(this, spec).choice(GIVES, Gives.class);
    }

    private int top(ModelSpec spec) {
        return FamilyParameters.of(this, spec).whole(TOP, 0, MOST_TOP);
    }

    private LabelTree tree(ModelSpec spec) {
        return LabelTree.of(
                spec.classes(), FamilyParameters.of(this, spec).given(SEPARATOR).orElse(""));
    }

    @Override
    public List<String> labels(ModelSpec spec) {
        return tree(spec).labels();
    }

    @Override
    public Optional<Recognition> recognise(ModelSignature signature) {
        return ClassificationRecognition.of(signature);
    }

    @Override
    public void check(ModelSpec spec) {
        task(spec);
        gives(spec);
        top(spec);
        tree(spec);
        if (spec.classes().isEmpty()) {
            throw new IllegalArgumentException("classes: none (expected: one label for each class of the model)");
        }
    }

    @Override
    public void checkOutputs(ModelSpec spec, StageSpec stage, List<TensorInfo> outputs) {
        String wanted = stage.outputs().getOrDefault(SCORES, "");
        int classes = spec.classes().size();
        outputs.stream()
                .filter(output -> output.name().equals(wanted) && isScores(output.shape()))
                .map(output -> output.shape().extent(1))
                .filter(columns -> columns != Shape.DYNAMIC && columns != classes && !(columns == 1 && classes == 2))
                .findFirst()
                .ifPresent(columns -> {
                    throw new IllegalArgumentException(
                            "classes: " + classes + " (expected: " + columns + ", one per column of the scores)");
                });
    }

    /// Whether an output has a number for each class: [N,C] or [N,C,1,1].
    static boolean isScores(Shape shape) {
        return shape.rank() == 2 || (shape.rank() == 4 && shape.extent(2) == 1 && shape.extent(3) == 1);
    }

    // --- Reading

    @Override
    public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
        ModelSpec spec = input.model();
        RowOutput row = Outputs.onlyRow(rows);
        LabelTree tree = tree(spec);
        boolean excludes = task(spec) == Task.MULTI_CLASS;
        double[] likely = probabilities(row, input);
        double[] scores = excludes ? tree.sums(likely) : tree.greatest(likely);
        List<Annotation> found = new ArrayList<>();
        for (int label = 0; label < scores.length; label++) {
            String name = tree.labels().get(label);
            if (!name.isEmpty() && scores[label] >= input.floor()) {
                found.add(new Annotation.Classification(new Candidate(label, name, Math.min(1, scores[label]))));
            }
        }
        found.sort(BEST_FIRST);
        return new Interpretation.Done(best(found, tree, top(spec)));
    }

    private static List<Annotation> best(List<Annotation> bestFirst, LabelTree tree, int top) {
        if (top == 0) {
            return bestFirst;
        }
        Map<Integer, Integer> counts = new HashMap<>();
        return bestFirst.stream()
                .filter(one -> counts.merge(tree.level(one.candidate().index()), 1, Integer::sum) <= top)
                .toList();
    }

    private double[] probabilities(RowOutput row, FamilyInput input) {
        ModelSpec spec = input.model();
        int classes = spec.classes().size();
        Tensor tensor = tensor(row, spec.stage(input.stage()), classes);
        float[] values = Outputs.finite(tensor);
        Gives gives = gives(spec);
        if (values.length == 1) {
            double one = gives == Gives.PROBABILITIES ? Outputs.probability(tensor, 0, values[0]) : logistic(values[0]);
            return classes == 1 ? new double[] {one} : new double[] {1 - one, one};
        }
        return task(spec) == Task.MULTI_LABEL ? independent(tensor, values, gives) : exclusive(tensor, values, gives);
    }

    private static Tensor tensor(RowOutput row, StageSpec stage, int classes) {
        Tensor tensor = Outputs.map(row.outputs(), stage, SCORES);
        Shape shape = tensor.shape();
        boolean fits = isScores(shape)
                && shape.extent(0) == 1
                && (shape.extent(1) == classes || (shape.extent(1) == 1 && classes == 2));
        if (!fits) {
            throw new OutputInvalidException("output " + tensor.name() + ": " + shape + " (expected: [1," + classes
                    + "], a number for each class)");
        }
        return tensor;
    }

    private static double[] exclusive(Tensor tensor, float[] values, Gives gives) {
        double sum = 0;
        boolean areLikely = true;
        for (float value : values) {
            sum += value;
            areLikely &= value >= -SLACK && value <= 1 + SLACK;
        }
        boolean areDone =
                gives == Gives.PROBABILITIES || (gives == Gives.AUTO && areLikely && Math.abs(sum - 1) <= SLACK);
        if (!areDone) {
            return softmax(values);
        }
        if (sum > 1 + SLACK) {
            throw new OutputInvalidException("output " + tensor.name() + ": probabilities that add up to " + sum
                    + " (expected: 1; where any label may hold add `parameters: {task: multi-label}`)");
        }
        return probabilities(tensor, values);
    }

    private static double[] independent(Tensor tensor, float[] values, Gives gives) {
        if (gives == Gives.PROBABILITIES) {
            return probabilities(tensor, values);
        }
        double[] likely = new double[values.length];
        boolean isWithin = values.length >= MANY;
        for (int i = 0; i < values.length; i++) {
            likely[i] = logistic(values[i]);
            isWithin &= values[i] >= 0 && values[i] <= 1;
        }
        if (isWithin) {
            throw new OutputInvalidException("output " + tensor.name() + ": nothing outside of 0..1 (expected: logits; "
                    + "for probabilities add `parameters: {gives: probabilities}`)");
        }
        return likely;
    }

    private static double[] probabilities(Tensor tensor, float[] values) {
        double[] likely = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            likely[i] = Outputs.probability(tensor, i, values[i]);
        }
        return likely;
    }

    private static double logistic(double logit) {
        return 1 / (1 + Math.exp(-logit));
    }

    private static double[] softmax(float[] logits) {
        double greatest = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            greatest = Math.max(greatest, logit);
        }
        double[] likely = new double[logits.length];
        double sum = 0;
        for (int i = 0; i < logits.length; i++) {
            likely[i] = Math.exp(logits[i] - greatest);
            sum += likely[i];
        }
        for (int i = 0; i < likely.length; i++) {
            likely[i] /= sum;
        }
        return likely;
    }
}
