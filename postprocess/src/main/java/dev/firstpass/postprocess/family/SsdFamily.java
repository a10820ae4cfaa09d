package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Nms;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.spec.Suppression;
import dev.firstpass.postprocess.spec.Thresholds;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.RawOutputs;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// Single-shot detectors whose boxes are decoded inside the model and whose suppression is not: SSD as TensorFlow's
/// Object Detection API exports it in front of its own post-processing.
///
/// | role | shape | content |
/// |---|---|---|
/// | `boxes` | [1,N,4] or [1,N,1,4] | ymin, xmin, ymax, xmax of each anchor, 0..1 of the row's image |
/// | `scores` | [1,N,C] | probability of each class, sigmoid applied, no background column |
///
/// An anchor may be reported once for every class that passes. Boxes are brought to asset pixels, cut to the asset
/// and then suppressed, over all rows of the asset together, as the Object Detection API does with its clip window.
/// Of equal scores the earlier candidate is the better. Candidate index: anchor * C + class, a second row's counted
/// on from the first's. A class with the label `""` is a gap (COCO's ids go to 90 for 80 classes) and never reported.
final class SsdFamily implements ModelFamily {
    private static final String ID = "ssd";
    private static final String BOXES = "boxes";
    private static final String SCORES = "scores";

    /// Most candidates of a row that go into suppression, best first: bounds the cost when a request asks for
    /// threshold 0.
    private static final int MOST_CANDIDATES = 5000;

    /// What an input of any size gets: the size SSD was published with.
    private static final ImageSize USUAL_SIZE = new ImageSize(300, 300);

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String description() {
        return "single-shot detectors with decoded boxes and no suppression inside (TensorFlow Object Detection SSD)";
    }

    @Override
    public GeometryKind nativeGeometry() {
        return GeometryKind.BOX;
    }

    @Override
    public Optional<Recognition> recognise(ModelSignature signature) {
        if (FileMetadata.namesAnotherFamily(signature, ID)
                || signature.outputs().size() != 2) {
            return Optional.empty();
        }
        return ImageInput.of(signature)
                .filter(image -> image.type() == ElementType.FLOAT32 || image.type() == ElementType.UINT8)
                .flatMap(image -> Heads.among(signature.outputs()).map(heads -> recognition(signature, image, heads)));
    }

    private static Recognition recognition(ModelSignature signature, ImageInput image, Heads heads) {
        Map<String, String> origins = new LinkedHashMap<>();
        Map<String, String> questions = new LinkedHashMap<>();
        boolean named = FileMetadata.family(signature).isPresent();
        origins.put("family", named ? "metadata firstpass.family" : "shapes of the two outputs");
        origins.put(
                "outputs",
                "shapes " + heads.boxes().shape() + " and " + heads.scores().shape());
        origins.put("batching", image.batchOrigin());
        List<String> classes = classes(signature, heads, origins, questions);
        StageSpec stage = new StageSpec(
                StageSpec.MAIN,
                inputSpec(signature, image, origins, questions),
                Map.of(BOXES, heads.boxes().name(), SCORES, heads.scores().name()),
                image.maxBatch());
        ModelSpec spec = new ModelSpec(ID, List.of(stage), classes, Thresholds.of(0.5), Suppression.STANDARD, Map.of());
        return new Recognition(spec, named ? 1.0 : heads.saidByName() ? 0.8 : 0.6, origins, questions);
    }

    private static List<String> classes(
            ModelSignature signature, Heads heads, Map<String, String> origins, Map<String, String> questions) {
        long columns = heads.scores().shape().extent(-1);
        Optional<List<String>> names = FileMetadata.classes(signature);
        if (names.filter(labels -> columns == Shape.DYNAMIC || labels.size() == columns)
                .isPresent()) {
            origins.put("classes", "metadata names");
            return names.get();
        }
        String named = names.map(labels -> "names " + labels.size() + " classes for " + columns + " columns of scores")
                .orElse("does not name its classes");
        String count =
                columns == Shape.DYNAMIC ? "one per column of " + heads.scores().name() : columns + " labels";
        questions.put("classes", "the file " + named + "; add `classes: [...]` with " + count);
        return IntStream.range(0, Math.clamp(columns, 0, 100_000))
                .mapToObj(Integer::toString)
                .toList();
    }

    private static InputSpec inputSpec(
            ModelSignature signature, ImageInput image, Map<String, String> origins, Map<String, String> questions) {
        ImageSize size = USUAL_SIZE;
        if (image.fixedSize()) {
            size = new ImageSize(Math.toIntExact(image.width()), Math.toIntExact(image.height()));
            origins.put("input.size", "input " + image.name());
        } else {
            questions.put("input.size", "the input takes any size; 300x300 is assumed, add `input: {size: [w, h]}`");
        }
        boolean asBytes = image.type() == ElementType.UINT8 || image.layout() == InputSpec.Layout.NHWC;
        if (image.type() == ElementType.FLOAT32) {
            questions.put(
                    "input.scale",
                    "values are assumed to be " + (asBytes ? "0..255" : "0..1")
                            + "; add `input: {scale, mean, std}` if the model was trained otherwise");
        }
        Optional<InputSpec.Sampling> sampling = FileMetadata.sampling(signature);
        sampling.ifPresent(_ -> origins.put("input.sampling", "metadata firstpass.sampling"));
        return new InputSpec(
                image.name(),
                new SizeRule.Fixed(size),
                InputSpec.Resize.STRETCH,
                sampling.orElse(InputSpec.Sampling.HALF_PIXEL),
                0,
                InputSpec.ColorOrder.RGB,
                image.layout(),
                image.type(),
                asBytes ? 1.0 : ImageInput.PER_255,
                List.of(0.0, 0.0, 0.0),
                List.of(1.0, 1.0, 1.0));
    }

    @Override
    public void check(ModelSpec spec) {
        if (spec.classes().isEmpty()) {
            throw new IllegalArgumentException("classes: none (expected: one label per column of the scores)");
        }
    }

    @Override
    public void checkOutputs(ModelSpec spec, StageSpec stage, List<TensorInfo> outputs) {
        String wanted = stage.outputs().getOrDefault(SCORES, "");
        Optional<TensorInfo> scores = outputs.stream()
                .filter(output -> output.name().equals(wanted))
                .findFirst()
                .or(() -> wanted.isEmpty() ? Heads.among(outputs).map(Heads::scores) : Optional.empty());
        scores.map(TensorInfo::shape)
                .filter(shape -> shape.rank() == 3 && shape.extent(2) != Shape.DYNAMIC)
                .filter(shape -> shape.extent(2) != spec.classes().size())
                .ifPresent(shape -> {
                    throw new IllegalArgumentException(
                            "classes: " + spec.classes().size() + " (expected: " + shape.extent(2)
                                    + ", one per column of the scores " + shape + ")");
                });
    }

    @Override
    public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
        List<String> classes = input.model().classes();
        Suppression suppression = input.model().suppression();
        List<Nms.Scored> boxes = new ArrayList<>();
        int firstIndex = 0;
        for (RowOutput row : rows) {
            firstIndex = Math.addExact(firstIndex, read(row, firstIndex, input, boxes));
        }
        return new Interpretation.Done(Nms.keep(boxes, suppression.iou(), suppression.limit()).stream()
                .<Annotation>map(kept -> new Annotation.Box(
                        new Candidate(kept.index(), classes.get(kept.index() % classes.size()), kept.score()),
                        kept.box()))
                .toList());
    }

    /// Adds one row's candidates, numbered from `firstIndex`, and gives the number of all its scores.
    private static int read(RowOutput row, int firstIndex, FamilyInput input, List<Nms.Scored> into) {
        StageSpec stage = input.model().stage(input.stage());
        List<String> classes = input.model().classes();
        Heads found = Heads.among(
                        row.outputs().tensors().stream().map(SsdFamily::info).toList())
                .orElse(Heads.NONE);
        Tensor boxes = head(row.outputs(), stage, BOXES, found.boxes(), "[1,N,4] or [1,N,1,4]");
        Tensor scores = head(row.outputs(), stage, SCORES, found.scores(), "[1,N,C]");
        check(boxes.shape(), scores.shape(), classes.size());
        Outputs.checkFinite(boxes);
        boolean perClass = input.model().suppression().perClass();
        BestCandidates best = new BestCandidates(MOST_CANDIDATES);
        Outputs.probabilitiesFrom(input.floor(), scores, (index, score) -> {
            if (!classes.get(index % classes.size()).isEmpty()) {
                best.add(index, score);
            }
        });
        best.forEach((index, score) -> {
            Rect box = assetBox(boxes, index / classes.size(), row.transform());
            if (box.area() > 0) {
                int group = perClass ? index % classes.size() : 0;
                into.add(new Nms.Scored(box, score, group, firstIndex + index));
            }
        });
        return Math.toIntExact(scores.elements());
    }

    private static TensorInfo info(Tensor tensor) {
        return new TensorInfo(tensor.name(), tensor.type(), tensor.shape());
    }

    private static Tensor head(RawOutputs outputs, StageSpec stage, String role, TensorInfo found, String expected) {
        return Outputs.named(outputs, stage, role)
                .or(() -> outputs.tensor(found.name()))
                .orElseThrow(() -> Outputs.notFound(role, expected, outputs));
    }

    private static void check(Shape boxes, Shape scores, int classes) {
        if (!Heads.isBoxes(boxes)) {
            throw new OutputInvalidException("output boxes: " + boxes + " (expected: [1,N,4] or [1,N,1,4])");
        }
        if (scores.rank() != 3 || scores.extent(1) != boxes.extent(1) || scores.extent(2) != classes) {
            throw new OutputInvalidException("output scores: " + scores + " (expected: [1," + boxes.extent(1) + ","
                    + classes + "]: one row per box, one column per class)");
        }
    }

    private static Rect assetBox(Tensor corners, int anchor, ImageTransform transform) {
        double width = transform.input().width();
        double height = transform.input().height();
        long at = 4L * anchor;
        Rect inRow = Rect.ofCorners(
                corners.f32(at + 1) * width,
                corners.f32(at) * height,
                corners.f32(at + 3) * width,
                corners.f32(at + 2) * height);
        return transform.toAsset(inRow).clippedTo(transform.asset());
    }

    /// Which two outputs are the boxes and the scores.
    private record Heads(TensorInfo boxes, TensorInfo scores) {
        /// Stands for "not found": no tensor has an empty name.
        static final Heads NONE = none();

        private static Heads none() {
            TensorInfo nothing = new TensorInfo("", ElementType.FLOAT32, Shape.of());
            return new Heads(nothing, nothing);
        }

        /// The only pair whose shapes fit; of several (four classes look like four coordinates) the only one whose
        /// names agree.
        static Optional<Heads> among(List<TensorInfo> outputs) {
            List<Heads> fitting = outputs.stream()
                    .filter(boxes -> isBoxes(boxes.shape()))
                    .flatMap(boxes -> outputs.stream()
                            .filter(scores -> !scores.equals(boxes) && isScoresOf(boxes.shape(), scores.shape()))
                            .map(scores -> new Heads(boxes, scores)))
                    .toList();
            List<Heads> agreeing = fitting.stream().filter(Heads::saidByName).toList();
            return fitting.size() == 1 ? Optional.of(fitting.getFirst()) : only(agreeing);
        }

        private static Optional<Heads> only(List<Heads> heads) {
            return heads.size() == 1 ? Optional.of(heads.getFirst()) : Optional.empty();
        }

        boolean saidByName() {
            return boxes.name().contains("box") && scores.name().contains("score");
        }

        static boolean isBoxes(Shape shape) {
            boolean ranked = shape.rank() == 3 || (shape.rank() == 4 && shape.extent(2) == 1);
            return ranked && shape.extent(-1) == 4;
        }

        private static boolean isScoresOf(Shape boxes, Shape scores) {
            return scores.rank() == 3 && scores.extent(1) == boxes.extent(1);
        }
    }
}
