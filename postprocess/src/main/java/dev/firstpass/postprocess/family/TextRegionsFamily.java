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
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
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
/// PaddleOCR measures a region between the centres of its outermost cells and so loses half a cell on every side;
/// here it is measured to their edges. Its second test of the shorter side, after growing, cannot fail for these
/// figures.
final class TextRegionsFamily implements ModelFamily {
    private static final String ID = "text-regions";
    private static final String MAP = "map";
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
                    "maxRegions", "most regions looked at, the largest first, 1 to 100000 (max_candidates)", "1000"));

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
        if (spec.classes().size() > 1) {
            throw new IllegalArgumentException("classes: " + spec.classes().size() + " (expected: at most 1)");
        }
        Tuning.of(this, spec);
    }

    @Override
    public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
        Tuning tuning = Tuning.of(this, input.model());
        RowOutput row = Outputs.onlyRow(rows);
        Tensor tensor = Outputs.map(row.outputs(), input.model().stage(input.stage()), MAP);
        ImageSize size = ScoreMap.sizeOf(tensor);
        MapPlace map = new MapPlace(size, row.transform());
        BitMask kernels = kernels(tensor, size, tuning.kernel());
        String label = input.model().classes().stream().findFirst().orElse(DEFAULT_LABEL);
        List<Annotation> regions = Components.of(kernels, 1).stream()
                .sorted(Comparator.comparingLong(Component::area).reversed())
                .limit(tuning.mostRegions())
                .flatMap(kernel -> region(kernel, map, tensor, label, tuning).stream())
                .filter(region -> region.candidate().score() >= input.floor())
                .sorted(Comparator.comparingDouble(
                                (Annotation region) -> region.candidate().score())
                        .reversed()
                        .thenComparingInt(region -> region.candidate().index()))
                .toList();
        return new Interpretation.Done(regions);
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
