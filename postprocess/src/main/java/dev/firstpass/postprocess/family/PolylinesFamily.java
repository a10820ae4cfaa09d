package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Point;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Straight lines by M-LSD (Gu et al., "Towards Light-weight and Real-time Line Segment Detection", 2022), as polylines of two
/// points.
///
/// | role | shape | content |
/// |---|---|---|
/// | `scores` | [1,h,w,1] or [1,1,h,w] | how likely a line's middle is in a cell: probabilities or, by the parameter `gives`, logits |
/// | `offsets` | [1,h,w,4] or [1,4,h,w] | from a cell to the line's two ends: x, y, x, y in cells |
///
/// A line is at a cell that no other one within `window` exceeds, the best 200 of the map, if it is longer than `minLength` cells.
/// Lines are cut to the asset. Candidate index: the cell's, row by row.
///
/// Source: M-LSD, `utils.py` (`deccode_output_score_and_ptss`, `pred_lines`): `score_thr` 0.1, `dist_thr` 20, `topk_n` 200, `ksize` 5.
final class PolylinesFamily implements ModelFamily {
    private static final String ID = "polylines";
    private static final String SCORES = "scores";
    private static final String OFFSETS = "offsets";
    private static final String GIVES = "gives";
    private static final String MIN_LENGTH = "minLength";
    private static final String WINDOW = "window";
    private static final String DEFAULT_LABEL = "line";
    private static final int MOST_LINES = 200;

    private enum Gives {
        PROBABILITIES,
        LOGITS
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String description() {
        return "straight lines, as polylines of two points (M-LSD)";
    }

    @Override
    public GeometryKind nativeGeometry() {
        return GeometryKind.POLYLINE;
    }

    @Override
    public Optional<String> usualLabel() {
        return Optional.of(DEFAULT_LABEL);
    }

    @Override
    public List<FamilyParameter> parameters() {
        return List.of(
                new FamilyParameter(GIVES, "what the map of middles holds: probabilities or logits", "probabilities"),
                new FamilyParameter(
                        MIN_LENGTH, "lines are longer than this in cells of the map, 0 to 1000 (dist_thr)", "20"),
                new FamilyParameter(
                        WINDOW, "cells on a side within which one line has its middle, 1 to 99 (ksize)", "5"));
    }

    private Gives gives(ModelSpec spec) {
        return FamilyParameters.of(this, spec).choice(GIVES, Gives.class);
    }

    private double minLength(ModelSpec spec) {
        return FamilyParameters.of(this, spec).decimal(MIN_LENGTH, 0, 1000);
    }

    private int window(ModelSpec spec) {
        return FamilyParameters.of(this, spec).whole(WINDOW, 1, 99);
    }

    // --- Recognition

    @Override
    public Optional<Recognition> recognise(ModelSignature signature) {
        if (FileMetadata.namesAnotherFamily(signature, ID)
                || signature.outputs().size() != 2) {
            return Optional.empty();
        }
        Optional<TensorInfo> scores = withChannels(signature, 1);
        Optional<TensorInfo> offsets = withChannels(signature, 4);
        return scores.isPresent() && offsets.isPresent()
                ? ImageInput.of(signature)
                        .filter(image -> image.type() == ElementType.FLOAT32 && image.fixedSize())
                        .map(image -> recognition(signature, image, scores.get(), offsets.get()))
                : Optional.empty();
    }

    private static Optional<TensorInfo> withChannels(ModelSignature signature, int channels) {
        return signature.outputs().stream()
                .filter(output -> output.shape().rank() == 4
                        && output.shape().extents().stream().allMatch(extent -> extent <= Integer.MAX_VALUE)
                        && (output.shape().extent(3) == channels
                                || output.shape().extent(1) == channels))
                .findFirst();
    }

    private static Recognition recognition(
            ModelSignature signature, ImageInput image, TensorInfo scores, TensorInfo offsets) {
        boolean isNamed = FileMetadata.family(signature).isPresent();
        Optional<List<String>> classes = FileMetadata.classes(signature).filter(names -> names.size() == 1);
        Map<String, String> origins = new LinkedHashMap<>();
        origins.put("family", isNamed ? "metadata firstpass.family" : "two maps, of one and of four channels");
        origins.put("outputs", "shapes");
        origins.put("batching", image.batchOrigin());
        origins.put("classes", classes.isPresent() ? "metadata names" : "the family's default");
        origins.put("input", "as M-LSD is fed: RGB, 0..255, stretched");
        origins.put("input.size", "input " + image.name());
        InputSpec input = new InputSpec(
                image.name(),
                new SizeRule.Fixed(new ImageSize((int) image.width(), (int) image.height())),
                InputSpec.Resize.STRETCH,
                InputSpec.Sampling.HALF_PIXEL,
                0,
                InputSpec.ColorOrder.RGB,
                image.layout(),
                image.type(),
                1,
                List.of(0.0, 0.0, 0.0),
                List.of(1.0, 1.0, 1.0));
        ModelSpec spec = new ModelSpec(
                ID,
                List.of(new StageSpec(
                        StageSpec.MAIN,
                        input,
                        Map.of(SCORES, scores.name(), OFFSETS, offsets.name()),
                        image.maxBatch())),
                classes.orElse(List.of(DEFAULT_LABEL)),
                Thresholds.of(0.1),
                Suppression.STANDARD,
                Map.of());
        return new Recognition(spec, isNamed ? 1.0 : 0.6, origins, Map.of());
    }

    @Override
    public void check(ModelSpec spec) {
        gives(spec);
        minLength(spec);
        window(spec);
        OneClass.check(spec);
    }

    // --- Reading

    @Override
    public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
        ModelSpec spec = input.model();
        RowOutput row = Outputs.onlyRow(rows);
        StageSpec stage = spec.stage(input.stage());
        Tensor scores = named(row, stage, SCORES);
        ImageSize size = sizeOf(scores, 1);
        Tensor offsets = named(row, stage, OFFSETS);
        if (!sizeOf(offsets, 4).equals(size)) {
            throw new OutputInvalidException("output " + offsets.name() + ": " + offsets.shape()
                    + " (expected: four numbers for each cell of " + scores.name() + " " + scores.shape() + ")");
        }
        Outputs.checkFinite(offsets);
        boolean isLast = offsets.shape().extent(3) == 4;
        int cells = size.width() * size.height();
        double minLength = minLength(spec);
        String label = OneClass.label(spec, DEFAULT_LABEL);
        List<Annotation> lines = new ArrayList<>();
        peaks(scores, size, spec, Outputs.floor(input.floor())).forEach((cell, score) -> {
            double[] ends = new double[4];
            for (int i = 0; i < 4; i++) {
                int from = i % 2 == 0 ? cell % size.width() : cell / size.width();
                ends[i] = from + offsets.f32(isLast ? 4L * cell + i : (long) i * cells + cell);
            }
            if (Math.hypot(ends[2] - ends[0], ends[3] - ends[1]) > minLength) {
                MapPlace place = new MapPlace(size, row.transform());
                within(
                                place.toAsset(new Point(ends[0], ends[1])),
                                place.toAsset(new Point(ends[2], ends[3])),
                                row.transform())
                        .ifPresent(points ->
                                lines.add(new Annotation.Polyline(new Candidate(cell, label, score), points)));
            }
        });
        return new Interpretation.Done(lines);
    }

    private static Tensor named(RowOutput row, StageSpec stage, String role) {
        return Outputs.named(row.outputs(), stage, role)
                .or(() -> row.outputs().tensor(role))
                .orElseThrow(() -> Outputs.notFound(role, "[1,h,w,C] or [1,C,h,w]", row.outputs()));
    }

    private static ImageSize sizeOf(Tensor tensor, int channels) {
        Shape shape = tensor.shape();
        boolean fits = shape.rank() == 4
                && shape.extent(0) == 1
                && (shape.extent(3) == channels || shape.extent(1) == channels)
                && shape.elements() > 0
                && shape.elements() <= Integer.MAX_VALUE;
        if (!fits) {
            throw new OutputInvalidException("output " + tensor.name() + ": " + shape + " (expected: [1,h,w," + channels
                    + "] or [1," + channels + ",h,w])");
        }
        return shape.extent(3) == channels
                ? new ImageSize((int) shape.extent(2), (int) shape.extent(1))
                : new ImageSize((int) shape.extent(3), (int) shape.extent(2));
    }

    private BestCandidates peaks(Tensor scores, ImageSize size, ModelSpec spec, float floor) {
        float[] map = Outputs.finite(scores);
        boolean areLogits = gives(spec) == Gives.LOGITS;
        for (int i = 0; i < map.length; i++) {
            map[i] = areLogits ? (float) (1 / (1 + Math.exp(-map[i]))) : Outputs.probability(scores, i, map[i]);
        }
        int reach = window(spec) / 2;
        BestCandidates best = new BestCandidates(MOST_LINES);
        for (int cell = 0; cell < map.length; cell++) {
            if (map[cell] >= floor && isPeak(map, size, cell, reach)) {
                best.add(cell, map[cell]);
            }
        }
        return best;
    }

    private static boolean isPeak(float[] map, ImageSize size, int cell, int reach) {
        int column = cell % size.width();
        int row = cell / size.width();
        for (int y = Math.max(0, row - reach); y <= Math.min(size.height() - 1, row + reach); y++) {
            for (int x = Math.max(0, column - reach); x <= Math.min(size.width() - 1, column + reach); x++) {
                if (map[y * size.width() + x] > map[cell]) {
                    return false;
                }
            }
        }
        return true;
    }

    /// What of a line lies in the asset (Liang and Barsky).
    private static Optional<List<Point>> within(Point from, Point to, ImageTransform transform) {
        double dx = to.x() - from.x();
        double dy = to.y() - from.y();
        double[] towards = {-dx, dx, -dy, dy};
        double[] room = {
            from.x(),
            transform.asset().width() - from.x(),
            from.y(),
            transform.asset().height() - from.y()
        };
        double first = 0;
        double last = 1;
        for (int side = 0; side < towards.length; side++) {
            double at = room[side] / towards[side];
            if (towards[side] < 0) {
                first = Math.max(first, at);
            } else if (towards[side] > 0) {
                last = Math.min(last, at);
            } else if (room[side] < 0) {
                return Optional.empty();
            }
        }
        if (!(first < last)) {
            return Optional.empty();
        }
        return Optional.of(
                List.of(on(from, dx, dy, first, transform.asset()), on(from, dx, dy, last, transform.asset())));
    }

    private static Point on(Point from, double dx, double dy, double share, ImageSize asset) {
        return new Point(
                Math.clamp(from.x() + share * dx, 0.0, asset.width()),
                Math.clamp(from.y() + share * dy, 0.0, asset.height()));
    }
}
