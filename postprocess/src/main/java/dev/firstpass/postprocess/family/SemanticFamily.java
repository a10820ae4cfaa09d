package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.List;
import java.util.Optional;

/// Semantic segmentation: what each place of the image is of, as U-Net, DeepLab, FCN, SegFormer and kin give it.
///
/// | role | shape | content |
/// |---|---|---|
/// | `map` | [1,C,h,w] or [1,h,w,C] | logits or probabilities of the classes in each cell; a single one is that of the only class |
/// | | [1,h,w], [1,1,h,w] or [1,h,w,1], whole numbers | with `activation: argmax`, the number of the class in each cell |
///
/// The numbers are brought to the asset's resolution (bilinear, half-pixel) before they are compared, so edges are as smooth as the
/// model's numbers are: the greatest of the classes wins (`softmax`), or each is held against `mapThreshold` (`sigmoid`). Numbers
/// of classes, which nothing lies between, hold for the pixels whose centres lie in a cell.
///
/// What comes of it is a mask for each group of pixels of a class that hang together by sides or corners, or for each class. Its
/// score is the mean probability of its pixels, that of a pixel being the one of its class in the cell that it lies in. Candidate
/// index: of a group, how many there are before it in the order of classes and then of first pixels; of a class, its number. A
/// class with the label `""` is never reported, nor is the `background`.
///
/// Sources: Transformers' `post_process_semantic_segmentation` (logits, bilinear, align_corners off, then argmax);
/// torchvision's segmentation models (`out`); DeepLab's frozen graphs (`SemanticPredictions`).
final class SemanticFamily implements ModelFamily {
    static final String ID = "semantic";
    static final String MAP = "map";
    static final String ACTIVATION = "activation";
    static final String GIVES = "gives";
    static final String BACKGROUND = "background";
    private static final String INSTANCES = "instances";
    private static final String MIN_AREA = "minArea";
    private static final String MAP_THRESHOLD = "mapThreshold";
    private static final int MOST_CLASSES = 100_000;
    private static final int MOST_AREA = 1_000_000_000;

    enum Activation {
        SOFTMAX,
        SIGMOID,
        ARGMAX
    }

    enum Gives {
        LOGITS,
        PROBABILITIES
    }

    enum Instances {
        REGIONS,
        CLASSES
    }

    /// The parameters of one model.
    ///
    /// Immutable.
    private record Tuning(
            Activation activation, Gives gives, int background, Instances instances, int minArea, double threshold) {
        static Tuning of(ModelFamily family, ModelSpec spec) {
            FamilyParameters parameters = FamilyParameters.of(family, spec);
            return new Tuning(
                    parameters.choice(ACTIVATION, Activation.class),
                    parameters.choice(GIVES, Gives.class),
                    parameters.whole(BACKGROUND, -1, MOST_CLASSES),
                    parameters.choice(INSTANCES, Instances.class),
                    parameters.whole(MIN_AREA, 1, MOST_AREA),
                    parameters.decimal(MAP_THRESHOLD, 0, 1));
        }
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String description() {
        return "what each place is of, as masks (U-Net, DeepLab, FCN, SegFormer and kin)";
    }

    @Override
    public GeometryKind nativeGeometry() {
        return GeometryKind.MASK;
    }

    @Override
    public List<FamilyParameter> parameters() {
        return List.of(
                new FamilyParameter(
                        ACTIVATION,
                        "softmax: one class in each place; sigmoid: any; argmax: the model gives the classes' numbers",
                        "softmax"),
                new FamilyParameter(GIVES, "what the map holds: logits or probabilities", "logits"),
                new FamilyParameter(
                        BACKGROUND, "number of the class that is not reported; -1 where there is none", "-1"),
                new FamilyParameter(
                        INSTANCES,
                        "regions: a mask for each group of pixels that hang together; classes: for each class",
                        "regions"),
                new FamilyParameter(MIN_AREA, "least area of a region in asset pixels, 1 to 1000000000", "64"),
                new FamilyParameter(
                        MAP_THRESHOLD, "with sigmoid, probability above which a pixel is of a class, 0 to 1", "0.5"));
    }

    @Override
    public Optional<Recognition> recognise(ModelSignature signature) {
        return SemanticRecognition.of(signature);
    }

    @Override
    public void check(ModelSpec spec) {
        int background = Tuning.of(this, spec).background();
        int classes = spec.classes().size();
        if (classes == 0) {
            throw new IllegalArgumentException("classes: none (expected: one label for each class of the model)");
        }
        if (background >= classes) {
            throw new IllegalArgumentException("parameters." + BACKGROUND + ": " + background
                    + " (expected: the number of one of the " + classes + " classes, or -1)");
        }
    }

    @Override
    public void checkOutputs(ModelSpec spec, StageSpec stage, List<TensorInfo> outputs) {
        if (Tuning.of(this, spec).activation() == Activation.ARGMAX) {
            return;
        }
        String wanted = stage.outputs().getOrDefault(MAP, "");
        int classes = spec.classes().size();
        outputs.stream()
                .filter(output -> output.name().equals(wanted) && output.shape().rank() == 4)
                .map(TensorInfo::shape)
                .filter(shape -> !mayBe(shape.extent(1), classes) && !mayBe(shape.extent(3), classes))
                .findFirst()
                .ifPresent(shape -> {
                    throw new IllegalArgumentException(
                            "classes: " + classes + " (expected: one for each channel of the map " + shape + ")");
                });
    }

    private static boolean mayBe(long extent, int wanted) {
        return extent == wanted || extent == Shape.DYNAMIC;
    }

    // --- Reading

    @Override
    public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
        ModelSpec spec = input.model();
        Tuning tuning = Tuning.of(this, spec);
        RowOutput row = Outputs.onlyRow(rows);
        StageSpec stage = spec.stage(input.stage());
        Tensor tensor = Outputs.map(row.outputs(), stage, MAP);
        ClassRuns runs = new ClassRuns(row.transform().asset(), spec.classes(), tuning.background());
        if (tuning.activation() == Activation.ARGMAX) {
            collectNumbers(tensor, row, spec.classes().size(), runs);
        } else {
            boolean likelyFirst = stage.input().layout() == InputSpec.Layout.NCHW;
            boolean areLogits = tuning.gives() == Gives.LOGITS;
            ClassPlanes planes = ClassPlanes.of(tensor, spec.classes().size(), likelyFirst, !areLogits);
            MapPlace place = new MapPlace(planes.size(), row.transform());
            requireStraight(place);
            if (tuning.activation() == Activation.SOFTMAX && planes.classes() > 1) {
                new LikeliestClasses(planes, place, areLogits).forEachRun(runs);
            } else {
                collectAbove(planes, place, tuning, runs);
            }
        }
        List<Annotation> masks = tuning.instances() == Instances.CLASSES
                ? runs.classes(input.floor())
                : runs.regions(
                        input.floor(), tuning.minArea(), spec.suppression().limit());
        return new Interpretation.Done(masks);
    }

    private static void requireStraight(MapPlace place) {
        if (!place.isStraight()) {
            throw new IllegalArgumentException("transform: " + place.transform() + " (expected: nothing turned)");
        }
    }

    /// Each class by itself.
    private static void collectAbove(ClassPlanes planes, MapPlace place, Tuning tuning, ClassRuns runs) {
        boolean areLogits = tuning.gives() == Gives.LOGITS;
        float cut = (float) (areLogits ? Math.log(tuning.threshold() / (1 - tuning.threshold())) : tuning.threshold());
        CellAxis across = CellAxis.across(place);
        CellAxis down = CellAxis.down(place);
        float[] line = new float[place.transform().asset().width()];
        for (int label = 0; label < planes.classes(); label++) {
            float[] values = planes.plane(label);
            if (!runs.takes(label)) {
                continue;
            }
            ScoreMap map = new ScoreMap(values, place);
            ScoreMap.Window window = map.windowAbove(cut);
            ScoreMap.Rows rows = map.assetRows();
            int left = Math.max(window.left(), across.first());
            int right = Math.min(window.right(), across.end());
            int bottom = Math.min(window.bottom(), down.end());
            for (int y = Math.max(window.top(), down.first()); y < bottom; y++) {
                rows.row(y, left, right, line);
                int cells = down.nearest(y) * place.size().width();
                int x = left;
                while (x < right) {
                    int from = x;
                    double sum = 0;
                    while (x < right && line[x] > cut) {
                        float value = values[cells + across.nearest(x)];
                        sum += areLogits ? 1 / (1 + Math.exp(-value)) : value;
                        x++;
                    }
                    if (x > from) {
                        runs.add(label, y, from, x, sum);
                    }
                    x++;
                }
            }
        }
    }

    /// The model has decided.
    private static void collectNumbers(Tensor tensor, RowOutput row, int classes, ClassRuns runs) {
        ImageSize size = sizeOfNumbers(tensor);
        MapPlace place = new MapPlace(size, row.transform());
        requireStraight(place);
        CellAxis across = CellAxis.across(place);
        CellAxis down = CellAxis.down(place);
        int[] labels = new int[size.width()];
        int read = -1;
        for (int y = down.first(); y < down.end(); y++) {
            if (down.nearest(y) != read) {
                read = down.nearest(y);
                for (int i = 0; i < labels.length; i++) {
                    labels[i] = Detections.label(tensor, (long) read * labels.length + i, 0, classes);
                }
            }
            int x = across.first();
            while (x < across.end()) {
                int from = x;
                int label = labels[across.nearest(x)];
                while (x < across.end() && labels[across.nearest(x)] == label) {
                    x++;
                }
                runs.add(label, y, from, x, x - from);
            }
        }
    }

    private static ImageSize sizeOfNumbers(Tensor tensor) {
        Shape shape = tensor.shape();
        int rank = shape.rank();
        boolean isLast = rank == 4 && shape.extent(3) == 1 && shape.extent(1) != 1;
        boolean fits = (rank == 3 || (rank == 4 && (shape.extent(1) == 1 || isLast)))
                && shape.extent(0) == 1
                && tensor.type() != ElementType.STRING
                && shape.elements() > 0
                && shape.elements() <= Integer.MAX_VALUE;
        if (!fits) {
            throw new OutputInvalidException("output " + tensor.name() + ": " + shape
                    + " (expected: [1,h,w], [1,1,h,w] or [1,h,w,1], the number of a class in each cell)");
        }
        return isLast
                ? new ImageSize((int) shape.extent(2), (int) shape.extent(1))
                : new ImageSize((int) shape.extent(-1), (int) shape.extent(-2));
    }
}
