package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.Component;
import dev.firstpass.postprocess.geometry.Components;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.MinAreaRect;
import dev.firstpass.postprocess.geometry.Offsetting;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RowSource;
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
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Text lines by differentiable binarization (Liao et al., "Real-time Scene Text Detection with Differentiable
/// Binarization", 2020), as PaddleOCR's detectors are exported.
///
/// | role | shape | content |
/// |---|---|---|
/// | `map` | [1,1,h,w] | probability that a place is inside the shrunk kernel of a text line |
///
/// Cells above `mapThreshold` form regions, whose score is the mean probability of their cells. Each gets the least-area
/// rectangle around its cells; that is grown back by area x `unclipRatio` / perimeter with round joins, boxed again, and
/// brought to asset pixels: a polygon of four points as seen, top-left, top-right, bottom-right, bottom-left, each
/// moved into the asset. Regions too narrow to be text are left out. Candidate index: position of the region's first
/// cell in the map, row by row.
///
/// A model of two stages reads the lines as well: its second one gets each line that reaches its threshold, set upright, and those
/// that are half as high again as they are wide turned by a quarter. What it gives, [1,T,C] ([CtcText]), becomes the attributes
/// `text` and `textScore` of the line, unless it is less likely than the parameter `textScore`.
///
/// PaddleOCR measures a region between the centres of its outermost cells and so loses half a cell on every side;
/// here it is measured to their edges. Its second test of the shorter side, after growing, cannot fail for these
/// figures.
final class TextRegionsFamily implements ModelFamily {
    private static final String ID = "text-regions";
    private static final String MAP = "map";
    private static final String TEXT = "text";
    private static final String CHARACTERS = "characters";
    private static final String TEXT_SCORE = "textScore";
    private static final String DEFAULT_LABEL = "text";

    /// Name of the probability map in PaddleOCR's exports.
    private static final String PADDLE_OUTPUT = "sigmoid_0.tmp_0";

    private static final String PADDLE_INPUT = "x";

    /// Least score of a region by default: `box_thresh`, 0.7 in RapidOCR's code, 0.6 in PaddleOCR. The score is the
    /// mean probability over the kernel's cells (PaddleOCR's `score_mode: slow`): over its rectangle, the fast way, a
    /// line on bent paper counts mostly the empty cells beside it.
    static final double SCORE = 0.7;

    /// The defaults: `thresh` of PaddleOCR and RapidOCR; `unclip_ratio`, 1.5 in PaddleOCR's configurations and 1.6 in
    /// RapidOCR's; `min_size`, 3 between centres; `max_candidates`.
    private static final List<FamilyParameter> PARAMETERS = List.of(
            new FamilyParameter(
                    "mapThreshold", "probability above which a cell of the map is text, 0 to 1 (thresh)", "0.3"),
            new FamilyParameter(
                    "unclipRatio",
                    "how far regions are grown back: by area x this / perimeter, 0 to 10 (unclip_ratio)",
                    "1.6"),
            new FamilyParameter(
                    "minSide", "least shorter side of a region in cells of the map, 1 to 1000 (min_size + 1)", "4"),
            new FamilyParameter("minAssetSide", "sides of a line are longer than this in asset pixels, 0 to 1000", "3"),
            new FamilyParameter(
                    "maxRegions", "most regions looked at, the largest first, 1 to 100000 (max_candidates)", "1000"),
            new FamilyParameter(
                    CHARACTERS,
                    "of a second stage: the characters that it knows, one after the other (its dictionary)",
                    ""),
            new FamilyParameter(TEXT_SCORE, "text that is less likely is left out, 0 to 1 (text_score)", "0.5"));

    /// Lines that are read at a time: their rows take half a MiB each, or more.
    private static final int MOST_LINES = 64;

    /// Least ratio of height to width of lines that are read from top to bottom (`get_rotate_crop_image`).
    private static final double UPRIGHT = 1.5;

    /// The parameters of one model.
    ///
    /// Immutable.
    private record Tuning(float kernel, double unclip, double shortSide, double assetSide, int mostRegions) {
        static Tuning of(ModelFamily family, ModelSpec spec) {
            FamilyParameters parameters = FamilyParameters.of(family, spec);
            return new Tuning(
                    (float) parameters.decimal("mapThreshold", 0, 1),
                    parameters.decimal("unclipRatio", 0, 10),
                    parameters.decimal("minSide", 1, 1000),
                    parameters.decimal("minAssetSide", 0, 1000),
                    parameters.whole("maxRegions", 1, 100_000));
        }
    }

    /// RapidOCR scales small images up until the shorter side has 736 pixels; large ones are brought down to a longer
    /// side of 1536 here, where a printed page is still legible and a run on two CPU cores stays near a second.
    private static final SizeRule SIZE = new SizeRule.ShortestSide(736, 1536, 32);

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String description() {
        return "lines of text as quadrilaterals (differentiable binarization, PaddleOCR detectors)";
    }

    @Override
    public GeometryKind nativeGeometry() {
        return GeometryKind.POLYGON;
    }

    @Override
    public List<String> attributes() {
        return List.of(TEXT, TEXT_SCORE);
    }

    @Override
    public Optional<String> usualLabel() {
        return Optional.of(DEFAULT_LABEL);
    }

    @Override
    public List<FamilyParameter> parameters() {
        return PARAMETERS;
    }

    @Override
    public Optional<Recognition> recognise(ModelSignature signature) {
        if (FileMetadata.namesAnotherFamily(signature, ID)
                || signature.outputs().size() != 1) {
            return Optional.empty();
        }
        boolean named = FileMetadata.family(signature).isPresent();
        TensorInfo output = signature.outputs().getFirst();
        return ImageInput.of(signature)
                .filter(image -> image.type() == ElementType.FLOAT32
                        && image.layout() == InputSpec.Layout.NCHW
                        && image.height() == Shape.DYNAMIC
                        && image.width() == Shape.DYNAMIC
                        && (named || image.name().equals(PADDLE_INPUT))
                        && output.shape().rank() == 4
                        && output.shape().extent(1) == 1)
                .map(image -> recognition(signature, image, output, named));
    }

    private static Recognition recognition(
            ModelSignature signature, ImageInput image, TensorInfo output, boolean named) {
        // PaddleOCR applies ImageNet's figures in the order of its channels, which is BGR.
        InputSpec input = new InputSpec(
                image.name(),
                SIZE,
                InputSpec.Resize.STRETCH,
                InputSpec.Sampling.HALF_PIXEL,
                0,
                InputSpec.ColorOrder.BGR,
                image.layout(),
                image.type(),
                ImageInput.PER_255,
                ImageInput.IMAGENET_MEAN,
                ImageInput.IMAGENET_STD);
        StageSpec stage = new StageSpec(StageSpec.MAIN, input, Map.of(MAP, output.name()), image.maxBatch());
        Optional<List<String>> classes = FileMetadata.classes(signature).filter(names -> names.size() == 1);
        Map<String, String> origins = new LinkedHashMap<>();
        origins.put("family", named ? "metadata firstpass.family" : "one open image in, one open map out");
        origins.put("input.size", "PaddleOCR's rule: shorter side 736, multiples of 32; longer side 1536 at most");
        origins.put("input.mean", "PaddleOCR trains with ImageNet's mean and deviation");
        origins.put("outputs", "the only output");
        origins.put("batching", image.batchOrigin());
        origins.put("classes", classes.isPresent() ? "metadata names" : "the family's default");
        ModelSpec spec = new ModelSpec(
                ID,
                List.of(stage),
                classes.orElse(List.of(DEFAULT_LABEL)),
                Thresholds.of(SCORE),
                Suppression.STANDARD,
                Map.of());
        double byNames = output.name().equals(PADDLE_OUTPUT) ? 0.9 : 0.6;
        return new Recognition(spec, named ? 1.0 : byNames, origins, Map.of());
    }

    @Override
    public void check(ModelSpec spec) {
        OneClass.check(spec);
        Tuning.of(this, spec);
        textScore(spec);
        int stages = spec.stages().size();
        if (stages > 2) {
            throw new IllegalArgumentException("stages: " + stages + " (expected: 1, or 2 where lines are read)");
        }
        if (stages == 2 && characters(spec).length == 0) {
            throw new IllegalArgumentException("parameters." + CHARACTERS
                    + ": missing (expected, with a stage that reads: the characters of its dictionary in their order)");
        }
    }

    private int[] characters(ModelSpec spec) {
        return FamilyParameters.of(this, spec)
                .given(CHARACTERS)
                .orElse("")
                .codePoints()
                .toArray();
    }

    private double textScore(ModelSpec spec) {
        return FamilyParameters.of(this, spec).decimal(TEXT_SCORE, 0, 1);
    }

    @Override
    public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
        boolean isFirst = input.stage().equals(input.model().firstStage().name());
        return isFirst ? toRead(regions(rows, input), 0, input) : read(rows, input);
    }

    /// Asks for the next lines to read, or else is done.
    ///
    /// @param regions best first, so those that are read are the first of them
    /// @param read how many have been
    private static Interpretation toRead(List<Annotation> regions, int read, FamilyInput input) {
        ModelSpec spec = input.model();
        String label = OneClass.label(spec, DEFAULT_LABEL);
        double threshold =
                input.labeling().threshold().orElseGet(() -> spec.thresholds().of(label));
        List<RowSource> lines = regions.stream()
                .skip(read)
                .filter(region -> region.candidate().score() >= threshold)
                .limit(MOST_LINES)
                .map(TextRegionsFamily::line)
                .toList();
        return spec.stages().size() == 1 || lines.isEmpty()
                ? new Interpretation.Done(
                        regions.stream().map(TextRegionsFamily::withoutMark).toList())
                : new Interpretation.Next(spec.stages().get(1).name(), lines, regions);
    }

    /// Lines that were read have a score, those that were read in vain no text.
    private static Annotation withoutMark(Annotation region) {
        Candidate candidate = region.candidate();
        return candidate.attributes().containsKey(TEXT_SCORE)
                        && !candidate.attributes().containsKey(TEXT)
                ? region.withCandidate(new Candidate(candidate.index(), candidate.label(), candidate.score()))
                : region;
    }

    /// A line as it is read: from its first corner to its second, or downwards where it is high.
    private static RowSource line(Annotation region) {
        List<Point> corners =
                ((Annotation.Polygon) region).parts().getFirst().outer().points();
        double width = Math.max(side(corners, 0, 1), side(corners, 3, 2));
        double height = Math.max(side(corners, 0, 3), side(corners, 1, 2));
        double x = corners.stream().mapToDouble(Point::x).average().orElse(0);
        double y = corners.stream().mapToDouble(Point::y).average().orElse(0);
        double angle = Math.toDegrees(Math.atan2(
                corners.get(1).y() - corners.get(0).y(),
                corners.get(1).x() - corners.get(0).x()));
        return new RowSource.Turned(
                height >= UPRIGHT * width
                        ? new RotatedRect(x, y, height, width, angle + 90)
                        : new RotatedRect(x, y, width, height, angle));
    }

    /// Gives the lines their text.
    private Interpretation read(List<RowOutput> rows, FamilyInput input) {
        ModelSpec spec = input.model();
        int[] characters = characters(spec);
        double least = textScore(spec);
        List<Annotation> regions = new ArrayList<>(input.findings());
        int first = (int) regions.stream()
                .filter(region -> region.candidate().attributes().containsKey(TEXT_SCORE))
                .count();
        if (rows.size() > regions.size() - first) {
            throw new OutputInvalidException("rows: " + rows.size() + " (expected: at most one for each of "
                    + (regions.size() - first) + " lines that are left)");
        }
        for (int i = 0; i < rows.size(); i++) {
            Tensor tensor = Outputs.map(rows.get(i).outputs(), spec.stage(input.stage()), TEXT);
            CtcText text = CtcText.of(tensor, characters);
            boolean isText = !text.text().isBlank() && text.score() >= least;
            String score = String.format(Locale.ROOT, "%.4f", text.score());
            Candidate candidate = regions.get(first + i).candidate();
            Candidate read = new Candidate(
                    candidate.index(),
                    candidate.label(),
                    candidate.score(),
                    isText ? Map.of(TEXT, text.text(), TEXT_SCORE, score) : Map.of(TEXT_SCORE, score));
            regions.set(first + i, regions.get(first + i).withCandidate(read));
        }
        return toRead(regions, first + rows.size(), input);
    }

    private List<Annotation> regions(List<RowOutput> rows, FamilyInput input) {
        Tuning tuning = Tuning.of(this, input.model());
        RowOutput row = Outputs.onlyRow(rows);
        Tensor tensor = Outputs.map(row.outputs(), input.model().stage(input.stage()), MAP);
        ImageSize size = ScoreMap.sizeOf(tensor);
        MapPlace map = new MapPlace(size, row.transform());
        BitMask kernels = kernels(tensor, size, tuning.kernel());
        String label = OneClass.label(input.model(), DEFAULT_LABEL);
        return Components.of(kernels, 1).stream()
                .sorted(Comparator.comparingLong(Component::area).reversed())
                .limit(tuning.mostRegions())
                .flatMap(kernel -> region(kernel, map, tensor, label, tuning).stream())
                .filter(region -> region.candidate().score() >= input.floor())
                .sorted(Comparator.comparingDouble(
                                (Annotation region) -> region.candidate().score())
                        .reversed()
                        .thenComparingInt(region -> region.candidate().index()))
                .toList();
    }

    /// Cells that are text. The map itself, which may have millions, is not copied.
    private static BitMask kernels(Tensor map, ImageSize size, float threshold) {
        BitMask mask = new BitMask(size);
        float[] row = new float[size.width()];
        for (int y = 0; y < size.height(); y++) {
            Outputs.readProbabilities(map, (long) y * row.length, row);
            int x = 0;
            while (x < row.length) {
                int from = x;
                while (x < row.length && row[x] > threshold) {
                    x++;
                }
                mask.setRun(y, from, x);
                x++;
            }
        }
        return mask;
    }

    private static Optional<Annotation> region(
            Component kernel, MapPlace map, Tensor values, String label, Tuning tuning) {
        RotatedRect rect = around(kernel);
        if (Math.min(rect.width(), rect.height()) < tuning.shortSide()) {
            return Optional.empty();
        }
        RotatedRect grown = MinAreaRect.of(
                Offsetting.unclip(new Ring(rect.corners()), tuning.unclip()).points());
        ImageSize asset = map.transform().asset();
        List<Point> corners = grown.corners().stream()
                .map(map::toAsset)
                .map(corner -> new Point(
                        Math.clamp(corner.x(), 0.0, asset.width()), Math.clamp(corner.y(), 0.0, asset.height())))
                .toList();
        if (side(corners, 0, 1) <= tuning.assetSide() || side(corners, 0, 3) <= tuning.assetSide()) {
            return Optional.empty();
        }
        Candidate candidate = new Candidate((int) kernel.firstPixel(), label, Math.min(1, kernel.mean(values::read)));
        return Optional.of(new Annotation.Polygon(candidate, List.of(new PolygonPart(new Ring(corners), List.of()))));
    }

    /// The least rectangle around the cells' centres, half a cell wider on each side. (Around their corners it would
    /// grow with the slant.)
    private static RotatedRect around(Component kernel) {
        RotatedRect centres = MinAreaRect.of(kernel.runEnds());
        return new RotatedRect(centres.cx(), centres.cy(), centres.width() + 1, centres.height() + 1, centres.angle());
    }

    private static double side(List<Point> corners, int from, int to) {
        return Math.hypot(
                corners.get(to).x() - corners.get(from).x(),
                corners.get(to).y() - corners.get(from).y());
    }
}
