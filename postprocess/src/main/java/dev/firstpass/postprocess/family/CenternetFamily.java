package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.ImageSize;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// CenterNet: objects as peaks of a heat map, with a size and an offset at each.
///
/// | role | shape | content |
/// |---|---|---|
/// | `heat` | [1,C,h,w] | how likely the centre of an object of a class is in a cell: logits or, by the parameter `heat`, probabilities |
/// | `size` | [1,2,h,w] | width and height of the object in cells |
/// | `offset` | [1,2,h,w] | from the cell's corner to the centre, right and down in cells |
///
/// A peak is a cell that none of its eight neighbours exceeds; the best 100 of a row count. Nothing is thinned out but peaks
/// of several rows. Candidate index: the peak's in the heat map. A class with the label `""` is never reported.
///
/// Source: Zhou et al., Objects as Points (2019), and its code's `ctdet_decode` and `ctdet.py`. TensorFlow's CenterNet is of the
/// family `tf-detection`.
final class CenternetFamily implements ModelFamily {
    private static final String ID = "centernet";
    private static final String HEAT = "heat";
    private static final String SIZE = "size";
    private static final String OFFSET = "offset";
    private static final int MOST_PEAKS = 100;
    private static final int MOST_CLASSES = 100_000;
    private static final ImageSize USUAL_SIZE = new ImageSize(512, 512);

    /// Of its own code, blue first.
    private static final List<Double> MEAN = List.of(0.408, 0.447, 0.470);

    private static final List<Double> STD = List.of(0.289, 0.274, 0.278);

    private enum Heat {
        LOGITS,
        PROBABILITIES
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String description() {
        return "CenterNet (Objects as Points): peaks of a heat map with sizes and offsets";
    }

    @Override
    public GeometryKind nativeGeometry() {
        return GeometryKind.BOX;
    }

    @Override
    public List<FamilyParameter> parameters() {
        return List.of(new FamilyParameter(HEAT, "what the heat map holds: logits or probabilities", "logits"));
    }

    private Heat heat(ModelSpec spec) {
        return FamilyParameters.of(this, spec).choice(HEAT, Heat.class);
    }

    // --- Recognition

    @Override
    public Optional<Recognition> recognise(ModelSignature signature) {
        Optional<TensorInfo> heat = output(signature, "hm|.*heat.*");
        Optional<TensorInfo> size = output(signature, "wh|.*size.*");
        Optional<TensorInfo> offset = output(signature, "reg|.*offset.*");
        boolean fits = heat.isPresent()
                && size.filter(output -> isPairOf(heat.get().shape(), output.shape()))
                        .isPresent()
                && offset.filter(output -> isPairOf(heat.get().shape(), output.shape()))
                        .isPresent();
        if (!fits || FileMetadata.namesAnotherFamily(signature, ID)) {
            return Optional.empty();
        }
        Map<String, String> roles = Map.of(
                HEAT, heat.get().name(),
                SIZE, size.map(TensorInfo::name).orElse(""),
                OFFSET, offset.map(TensorInfo::name).orElse(""));
        return ImageInput.of(signature)
                .filter(image -> image.type() == ElementType.FLOAT32)
                .map(image -> recognition(signature, image, heat.get().shape().extent(1), roles));
    }

    private static Optional<TensorInfo> output(ModelSignature signature, String name) {
        List<TensorInfo> fitting = signature.outputs().stream()
                .filter(output -> output.name().toLowerCase(Locale.ROOT).matches(name))
                .toList();
        return fitting.size() == 1 ? Optional.of(fitting.getFirst()) : Optional.empty();
    }

    private static boolean isPairOf(Shape heat, Shape pair) {
        return heat.rank() == 4
                && pair.rank() == 4
                && pair.extent(1) == 2
                && heat.extent(2) == pair.extent(2)
                && heat.extent(3) == pair.extent(3);
    }

    private static Recognition recognition(
            ModelSignature signature, ImageInput image, long channels, Map<String, String> roles) {
        Map<String, String> origins = new LinkedHashMap<>();
        Map<String, String> questions = new LinkedHashMap<>();
        boolean isNamed = FileMetadata.family(signature).isPresent();
        origins.put("family", isNamed ? "metadata firstpass.family" : "names and shapes of the outputs");
        origins.put("outputs", "names and shapes");
        origins.put("batching", image.batchOrigin());
        origins.put("input", "as CenterNet's own code feeds it: BGR, its mean and deviation, letterbox on black");
        ImageSize size = USUAL_SIZE;
        if (image.fixedSize()) {
            origins.put("input.size", "input " + image.name());
            size = new ImageSize((int) image.width(), (int) image.height());
        } else {
            questions.put("input.size", "the input takes any size; 512x512 is assumed, add `input: {size: [w, h]}`");
        }
        boolean isDone = roles.getOrDefault(HEAT, "").toLowerCase(Locale.ROOT).contains("sigmoid");
        origins.put("parameters." + HEAT, isDone ? "name of the output" : "CenterNet's own export gives logits");
        InputSpec input = new InputSpec(
                image.name(),
                new SizeRule.Fixed(size),
                InputSpec.Resize.LETTERBOX,
                InputSpec.Sampling.HALF_PIXEL,
                0,
                InputSpec.ColorOrder.BGR,
                image.layout(),
                image.type(),
                ImageInput.PER_255,
                MEAN,
                STD);
        ModelSpec spec = new ModelSpec(
                ID,
                List.of(new StageSpec(StageSpec.MAIN, input, roles, image.maxBatch())),
                classes(signature, channels, origins, questions),
                Thresholds.of(0.3),
                new Suppression(0.5, true, MOST_PEAKS),
                Map.of(),
                isDone ? Map.of(HEAT, FamilyParameters.word(Heat.PROBABILITIES)) : Map.of());
        return new Recognition(spec, isNamed ? 1.0 : 0.9, origins, questions);
    }

    private static List<String> classes(
            ModelSignature signature, long channels, Map<String, String> origins, Map<String, String> questions) {
        Optional<List<String>> names = FileMetadata.classes(signature)
                .filter(labels -> channels == Shape.DYNAMIC || labels.size() == channels);
        if (names.isPresent()) {
            origins.put("classes", "metadata names");
            return names.get();
        }
        questions.put(
                "classes",
                "the file does not name its classes; add `classes: [...]` with one label per channel of the heat map");
        return IntStream.range(0, Math.clamp(channels, 0, MOST_CLASSES))
                .mapToObj(Integer::toString)
                .toList();
    }

    @Override
    public void check(ModelSpec spec) {
        heat(spec);
        if (spec.classes().isEmpty()) {
            throw new IllegalArgumentException("classes: none (expected: one label per channel of the heat map)");
        }
    }

    @Override
    public void checkOutputs(ModelSpec spec, StageSpec stage, List<TensorInfo> outputs) {
        String wanted = stage.outputs().getOrDefault(HEAT, "");
        outputs.stream()
                .filter(output -> output.name().equals(wanted) && output.shape().rank() == 4)
                .map(output -> output.shape().extent(1))
                .filter(channels ->
                        channels != Shape.DYNAMIC && channels != spec.classes().size())
                .findFirst()
                .ifPresent(channels -> {
                    throw new IllegalArgumentException("classes: "
                            + spec.classes().size() + " (expected: " + channels + ", one per channel of the heat map)");
                });
    }

    // --- Reading

    @Override
    public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
        ModelSpec model = input.model();
        Detections found = new Detections(model.suppression(), rows.size());
        int first = 0;
        for (int row = 0; row < rows.size(); row++) {
            first = Math.addExact(first, collect(rows.get(row), row, first, input, found));
        }
        return new Interpretation.Done(
                found.boxes(model.classes(), rows.getFirst().transform().asset()));
    }

    /// Gives the number of values in the heat map.
    private int collect(RowOutput row, int number, int first, FamilyInput input, Detections into) {
        StageSpec stage = input.model().stage(input.stage());
        List<String> classes = input.model().classes();
        Tensor heat = tensor(row, stage, HEAT, Shape.of(1, classes.size(), -1, -1));
        int height = (int) heat.shape().extent(2);
        int width = (int) heat.shape().extent(3);
        Tensor sizes = tensor(row, stage, SIZE, Shape.of(1, 2, height, width));
        Tensor offsets = tensor(row, stage, OFFSET, Shape.of(1, 2, height, width));
        Outputs.checkFinite(sizes);
        Outputs.checkFinite(offsets);
        int cells = height * width;
        double across = (double) row.transform().input().width() / width;
        double down = (double) row.transform().input().height() / height;
        peaks(heat, heat(input.model()), classes, Outputs.floor(input.floor())).forEach((index, score) -> {
            int cell = index % cells;
            int line = cell / width;
            double x = (cell % width + offsets.f32(cell)) * across;
            double y = (line + offsets.f32((long) cells + cell)) * down;
            double w = Math.max(0, sizes.f32(cell)) * across;
            double h = Math.max(0, sizes.f32((long) cells + cell)) * down;
            Rect box = row.transform().toAsset(new Rect(x - w / 2, y - h / 2, w, h));
            into.add(new Detections.Detection(box, score, index / cells, number, index, first + index));
        });
        return Math.toIntExact(heat.elements());
    }

    private static BestCandidates peaks(Tensor heat, Heat kind, List<String> classes, float floor) {
        int height = (int) heat.shape().extent(2);
        int width = (int) heat.shape().extent(3);
        int cells = height * width;
        float low = kind == Heat.PROBABILITIES ? floor : (float) Math.log(floor / (1.0 - floor)) - 1e-3f;
        float[] plane = new float[cells];
        float least = Float.POSITIVE_INFINITY;
        BestCandidates best = new BestCandidates(MOST_PEAKS);
        for (int label = 0; label < classes.size(); label++) {
            long start = (long) label * cells;
            heat.read(start, plane, cells);
            for (int i = 0; i < cells; i++) {
                if (kind == Heat.PROBABILITIES) {
                    plane[i] = Outputs.probability(heat, start + i, plane[i]);
                } else {
                    Outputs.requireFinite(heat, start + i, plane[i]);
                }
                least = Math.min(least, plane[i]);
            }
            if (classes.get(label).isEmpty()) {
                continue;
            }
            for (int i = 0; i < cells; i++) {
                if (plane[i] >= low && isPeak(plane, width, height, i)) {
                    float score = kind == Heat.PROBABILITIES ? plane[i] : (float) (1 / (1 + Math.exp(-plane[i])));
                    if (score >= floor) {
                        best.add((int) start + i, score);
                    }
                }
            }
        }
        // Every cell of a map of logits being more likely a centre than not: no model is that wrong.
        if (kind == Heat.LOGITS && least >= 0) {
            throw new OutputInvalidException("output " + heat.name() + ": nothing below 0 (expected: logits; for "
                    + "probabilities add `parameters: {heat: probabilities}`)");
        }
        return best;
    }

    private static boolean isPeak(float[] plane, int width, int height, int cell) {
        int column = cell % width;
        int row = cell / width;
        for (int y = Math.max(0, row - 1); y <= Math.min(height - 1, row + 1); y++) {
            for (int x = Math.max(0, column - 1); x <= Math.min(width - 1, column + 1); x++) {
                if (plane[y * width + x] > plane[cell]) {
                    return false;
                }
            }
        }
        return true;
    }

    private static Tensor tensor(RowOutput row, StageSpec stage, String role, Shape expected) {
        Tensor tensor = Outputs.shaped(row, stage, role, role, expected, Integer.MAX_VALUE);
        if (tensor.elements() == 0) {
            throw Outputs.otherShape(tensor, expected);
        }
        return tensor;
    }
}
