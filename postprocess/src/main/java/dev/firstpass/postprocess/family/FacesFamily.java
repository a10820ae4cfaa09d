package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.spec.Suppression;
import dev.firstpass.postprocess.spec.Thresholds;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Faces by BlazeFace (Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019), with six points
/// each.
///
/// | role | shape | content |
/// |---|---|---|
/// | `scores`, `scores2` | [1,N,1] | logits of the anchors, in one output or two |
/// | `boxes`, `boxes2` | [1,N,16] | from the anchor's centre: centre, width and height, then six points, x before y, in pixels of the row |
/// | `rows` | [1,N,17] | both in one, the logit first |
///
/// 896 anchors: two in each of 16 x 16 cells and six in each of 8 x 8; or 2304: one in each of 48 x 48. All are squares as large as
/// the row, so only their centres count. Faces that overlap by more than `nms.iou` are one, of which the best tells the score and
/// all that reach `blendScore` its places, by their scores. Candidate index: the best one's anchor.
///
/// Source: MediaPipe, `face_detection_short_range` and `full_range` (SsdAnchorsCalculator, TensorsToDetectionsCalculator,
/// NonMaxSuppressionCalculator with the algorithm WEIGHTED, whose least score is `blendScore` here).
final class FacesFamily implements ModelFamily {
    private static final String ID = "faces";
    private static final String SCORES = "scores";
    private static final String BOXES = "boxes";
    private static final String ROWS = "rows";
    private static final String SECOND = "2";
    private static final String TASK = "task";
    private static final String BLEND_SCORE = "blendScore";
    private static final String DEFAULT_LABEL = "face";
    private static final int NUMBERS = 16;
    private static final int CORNERS = 4;
    private static final List<String> POINTS =
            List.of("right_eye", "left_eye", "nose", "mouth", "right_ear", "left_ear");
    private static final Map<Integer, List<Grid>> GRIDS =
            Map.of(896, List.of(new Grid(16, 2), new Grid(8, 6)), 2304, List.of(new Grid(48, 1)));

    private static final Comparator<Found> BEST_FIRST =
            Comparator.comparingDouble(Found::score).reversed().thenComparingInt(Found::index);

    private enum Task {
        DETECT,
        POSE
    }

    /// Anchors in cells of the row, so many in each.
    ///
    /// @param cells on each side
    private record Grid(int cells, int anchors) {
        int count() {
            return cells * cells * anchors;
        }
    }

    /// What a head says of anchors that follow each other.
    ///
    /// @param skipped numbers of an anchor in the tensor of boxes before its own
    private record Part(Tensor scores, int scoreStep, Tensor boxes, int boxStep, int skipped, int count) {
        float score(int anchor) {
            float logit = scores.f32((long) anchor * scoreStep);
            Outputs.requireFinite(scores, (long) anchor * scoreStep, logit);
            return (float) (1 / (1 + Math.exp(-logit)));
        }

        double number(int anchor, int which) {
            return boxes.f32((long) anchor * boxStep + skipped + which);
        }
    }

    /// A face as one anchor has it: left, top, right, bottom, then the points, in pixels of the row.
    private record Found(int index, float score, double[] places) {
        double overlap(Found other) {
            return box().iou(other.box());
        }

        Rect box() {
            return Rect.ofCorners(places[0], places[1], places[2], places[3]);
        }
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String description() {
        return "faces, as boxes or six points (BlazeFace)";
    }

    @Override
    public GeometryKind nativeGeometry() {
        return GeometryKind.BOX;
    }

    @Override
    public Optional<String> usualLabel() {
        return Optional.of(DEFAULT_LABEL);
    }

    @Override
    public GeometryKind nativeGeometry(Map<String, String> parameters) {
        return "pose".equals(parameters.get(TASK)) ? GeometryKind.KEYPOINTS : GeometryKind.BOX;
    }

    @Override
    public List<FamilyParameter> parameters() {
        return List.of(
                new FamilyParameter(TASK, "detect: boxes; pose: six points with their box", "detect"),
                new FamilyParameter(BLEND_SCORE, "least score of what a face's places are the mean of, 0 to 1", "0.5"));
    }

    private Task task(ModelSpec spec) {
        return FamilyParameters.of(this, spec).choice(TASK, Task.class);
    }

    private double blendScore(ModelSpec spec) {
        return FamilyParameters.of(this, spec).decimal(BLEND_SCORE, 0, 1);
    }

    // --- Recognition

    @Override
    public Optional<Recognition> recognise(ModelSignature signature) {
        if (FileMetadata.namesAnotherFamily(signature, ID)) {
            return Optional.empty();
        }
        return ImageInput.of(signature)
                .filter(image ->
                        image.type() == ElementType.FLOAT32 && image.fixedSize() && image.width() == image.height())
                .flatMap(image -> roles(signature.outputs()).map(roles -> recognition(signature, image, roles)));
    }

    /// Role -> name; the part with more anchors is the first.
    private static Optional<Map<String, String>> roles(List<TensorInfo> outputs) {
        List<TensorInfo> scores = withColumns(outputs, 1);
        List<TensorInfo> boxes = withColumns(outputs, NUMBERS);
        List<TensorInfo> rows = withColumns(outputs, NUMBERS + 1);
        if (outputs.size() == 1 && rows.size() == 1) {
            return Optional.of(Map.of(ROWS, rows.getFirst().name()));
        }
        boolean fits = scores.size() == boxes.size()
                && scores.size() + boxes.size() == outputs.size()
                && (scores.size() == 1 || scores.size() == 2);
        if (!fits || total(scores) != total(boxes) || !GRIDS.containsKey((int) total(scores))) {
            return Optional.empty();
        }
        Map<String, String> roles = new LinkedHashMap<>();
        for (int part = 0; part < scores.size(); part++) {
            String suffix = part == 0 ? "" : SECOND;
            roles.put(SCORES + suffix, scores.get(part).name());
            roles.put(BOXES + suffix, boxes.get(part).name());
        }
        return Optional.of(roles);
    }

    private static long total(List<TensorInfo> outputs) {
        return outputs.stream().mapToLong(output -> output.shape().extent(1)).sum();
    }

    private static List<TensorInfo> withColumns(List<TensorInfo> outputs, int columns) {
        return outputs.stream()
                .filter(output -> output.shape().rank() == 3
                        && output.shape().extent(2) == columns
                        && output.shape().extent(1) > 0
                        && output.shape().extent(1) <= 2304)
                .sorted(Comparator.comparingLong(
                                (TensorInfo output) -> output.shape().extent(1))
                        .reversed())
                .toList();
    }

    private static Recognition recognition(ModelSignature signature, ImageInput image, Map<String, String> roles) {
        boolean isNamed = FileMetadata.family(signature).isPresent();
        Optional<List<String>> classes = FileMetadata.classes(signature).filter(names -> names.size() == 1);
        Map<String, String> origins = new LinkedHashMap<>();
        origins.put("family", isNamed ? "metadata firstpass.family" : "shapes of the outputs");
        origins.put("outputs", "shapes");
        origins.put("batching", image.batchOrigin());
        origins.put("classes", classes.isPresent() ? "metadata names" : "the family's default");
        origins.put("input", "as BlazeFace is fed: RGB, -1..1, letterbox on black");
        origins.put("input.size", "input " + image.name());
        InputSpec input = new InputSpec(
                image.name(),
                new SizeRule.Fixed(new ImageSize((int) image.width(), (int) image.height())),
                InputSpec.Resize.LETTERBOX,
                InputSpec.Sampling.HALF_PIXEL,
                0,
                InputSpec.ColorOrder.RGB,
                image.layout(),
                image.type(),
                1 / 127.5,
                List.of(1.0, 1.0, 1.0),
                List.of(1.0, 1.0, 1.0));
        ModelSpec spec = new ModelSpec(
                ID,
                List.of(new StageSpec(StageSpec.MAIN, input, roles, image.maxBatch())),
                classes.orElse(List.of(DEFAULT_LABEL)),
                Thresholds.of(0.5),
                new Suppression(0.3, true, 300),
                Map.of());
        return new Recognition(spec, isNamed ? 1.0 : 0.9, origins, Map.of());
    }

    @Override
    public void check(ModelSpec spec) {
        task(spec);
        blendScore(spec);
        OneClass.check(spec);
    }

    // --- Reading

    @Override
    public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
        ModelSpec spec = input.model();
        RowOutput row = Outputs.onlyRow(rows);
        List<Found> found = found(row, parts(row, spec.stage(input.stage())), Outputs.floor(input.floor()));
        found.sort(BEST_FIRST);
        String label = OneClass.label(spec, DEFAULT_LABEL);
        double blendScore = blendScore(spec);
        List<Annotation> faces = new ArrayList<>();
        List<Found> left = found;
        while (!left.isEmpty() && faces.size() < spec.suppression().limit()) {
            Found best = left.getFirst();
            List<Found> same = new ArrayList<>();
            List<Found> others = new ArrayList<>();
            for (Found one : left) {
                (one.equals(best) || best.overlap(one) > spec.suppression().iou() ? same : others).add(one);
            }
            face(best, blended(best, same, blendScore), row.transform(), label, task(spec))
                    .ifPresent(faces::add);
            left = others;
        }
        return new Interpretation.Done(faces);
    }

    private static List<Part> parts(RowOutput row, StageSpec stage) {
        if (stage.outputs().containsKey(ROWS)) {
            Tensor tensor = tensor(row, stage, ROWS, -1, NUMBERS + 1);
            int count = (int) tensor.shape().extent(1);
            requireGrid(tensor, count);
            return List.of(new Part(tensor, NUMBERS + 1, tensor, NUMBERS + 1, 1, count));
        }
        List<Part> parts = new ArrayList<>();
        int total = 0;
        for (String suffix : List.of("", SECOND)) {
            if (suffix.isEmpty() || stage.outputs().containsKey(SCORES + suffix)) {
                Tensor first = tensor(row, stage, SCORES + suffix, -1, 1);
                int count = (int) first.shape().extent(1);
                Tensor second = tensor(row, stage, BOXES + suffix, count, NUMBERS);
                parts.add(new Part(first, 1, second, NUMBERS, 0, count));
                total += count;
            }
        }
        requireGrid(parts.getFirst().scores(), total);
        return parts;
    }

    private static Tensor tensor(RowOutput row, StageSpec stage, String role, long count, int columns) {
        Tensor tensor = Outputs.shaped(row, stage, role, role, Shape.of(1, count, columns), Integer.MAX_VALUE);
        Outputs.checkFinite(tensor);
        return tensor;
    }

    private static void requireGrid(Tensor tensor, int count) {
        if (!GRIDS.containsKey(count)) {
            throw new OutputInvalidException(
                    "output " + tensor.name() + ": " + count + " anchors in all (expected: 896 or 2304)");
        }
    }

    private static List<Found> found(RowOutput row, List<Part> parts, float floor) {
        int count = parts.stream().mapToInt(Part::count).sum();
        ImageSize size = row.transform().input();
        List<Found> found = new ArrayList<>();
        int first = 0;
        for (Part part : parts) {
            for (int anchor = 0; anchor < part.count(); anchor++) {
                float score = part.score(anchor);
                if (score >= floor && part.number(anchor, 2) > 0 && part.number(anchor, 3) > 0) {
                    found.add(new Found(
                            first + anchor, score, places(part, anchor, centre(count, first + anchor, size))));
                }
            }
            first += part.count();
        }
        return found;
    }

    /// Of an anchor, in pixels of the row.
    private static Point centre(int count, int anchor, ImageSize size) {
        int before = 0;
        for (Grid grid : GRIDS.getOrDefault(count, List.of())) {
            if (anchor < before + grid.count()) {
                int cell = (anchor - before) / grid.anchors();
                int line = cell / grid.cells();
                return new Point(
                        (cell % grid.cells() + 0.5) * size.width() / grid.cells(),
                        (line + 0.5) * size.height() / grid.cells());
            }
            before += grid.count();
        }
        throw new IllegalStateException("anchor: " + anchor + " (expected: below " + before + ")");
    }

    private static double[] places(Part part, int anchor, Point centre) {
        double[] places = new double[NUMBERS];
        double x = centre.x() + part.number(anchor, 0);
        double y = centre.y() + part.number(anchor, 1);
        double width = part.number(anchor, 2);
        double height = part.number(anchor, 3);
        places[0] = x - width / 2;
        places[1] = y - height / 2;
        places[2] = x + width / 2;
        places[3] = y + height / 2;
        for (int i = CORNERS; i < NUMBERS; i++) {
            places[i] = (i % 2 == 0 ? centre.x() : centre.y()) + part.number(anchor, i);
        }
        return places;
    }

    /// The mean by score; the best counts, whatever its score.
    private static double[] blended(Found best, List<Found> same, double least) {
        double[] sums = new double[NUMBERS];
        double weight = 0;
        for (Found one : same) {
            if (one.equals(best) || one.score() >= least) {
                weight += one.score();
                for (int i = 0; i < NUMBERS; i++) {
                    sums[i] += one.score() * one.places()[i];
                }
            }
        }
        for (int i = 0; i < NUMBERS; i++) {
            sums[i] /= weight;
        }
        return sums;
    }

    private static Optional<Annotation> face(
            Found best, double[] places, ImageTransform transform, String label, Task task) {
        Rect box = transform
                .toAsset(Rect.ofCorners(places[0], places[1], places[2], places[3]))
                .clippedTo(transform.asset());
        if (!(box.area() > 0)) {
            return Optional.empty();
        }
        Candidate candidate = new Candidate(best.index(), label, best.score());
        if (task == Task.DETECT) {
            return Optional.of(new Annotation.Box(candidate, box));
        }
        List<Keypoint> points = new ArrayList<>();
        for (int i = 0; i < POINTS.size(); i++) {
            Point at = transform.toAsset(new Point(places[CORNERS + 2 * i], places[CORNERS + 2 * i + 1]));
            points.add(new Keypoint(
                    POINTS.get(i),
                    new Point(
                            Math.clamp(at.x(), 0.0, transform.asset().width()),
                            Math.clamp(at.y(), 0.0, transform.asset().height())),
                    Keypoint.Visibility.VISIBLE,
                    best.score()));
        }
        return Optional.of(new Annotation.Keypoints(candidate, points, Optional.of(box)));
    }
}
