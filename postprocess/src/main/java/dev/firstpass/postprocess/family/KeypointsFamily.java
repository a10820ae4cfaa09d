package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The joints of one figure, which fills the image.
///
/// | layout | role | shape | content |
/// |---|---|---|---|
/// | `heatmaps` | `heatmaps` | [1,K,h,w] | how likely each joint is in a cell (HRNet, SimpleBaseline, ViTPose) |
/// | `simcc` | `x`, `y` | [1,K,W], [1,K,H] | the same for each fraction of a column and of a row (RTMPose, DWPose, SimCC) |
/// | `movenet` | `joints` | [1,1,K,3] | y, x in 0..1 of the row's image, and how likely (MoveNet) |
///
/// In a heat map a joint is at its greatest value, and a quarter of a cell towards the greater one of the two neighbours, across and
/// down, where neither it nor they lie at the map's edge. Cell i stands for the pixel i x stride of the row, as these models are
/// trained, so a joint is at that pixel's centre. SimCC's greatest value is read alike; a joint is as likely as the lesser of its
/// two.
///
/// One annotation, of index 0, whose score is the mean of the joints'. Joints less likely than `jointThreshold` are absent; a
/// figure without any joint is none. Joints outside of the asset are moved to its edge.
///
/// Sources: HRNet, `lib/core/inference.py` (`get_max_preds`, `get_final_preds`); DWPose, `dwpose_onnx.py` and RTMPose; MoveNet's
/// model card.
final class KeypointsFamily implements ModelFamily {
    static final String ID = "keypoints";
    static final String LAYOUT = "layout";
    static final String KEYPOINTS = "keypoints";
    static final String HEATMAPS = "heatmaps";
    static final String X = "x";
    static final String Y = "y";
    static final String JOINTS = "joints";
    static final String DEFAULT_LABEL = "person";
    private static final String JOINT_THRESHOLD = "jointThreshold";

    enum Layout {
        HEATMAPS,
        SIMCC,
        MOVENET
    }

    /// One joint as the model gives it.
    ///
    /// @param at in pixels of the row's image, on edges
    private record Found(Point at, double score) {}

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String description() {
        return "joints of the figure that fills the image (heat maps as HRNet's, SimCC as RTMPose's, MoveNet)";
    }

    @Override
    public GeometryKind nativeGeometry() {
        return GeometryKind.KEYPOINTS;
    }

    @Override
    public Optional<String> usualLabel() {
        return Optional.of(DEFAULT_LABEL);
    }

    @Override
    public List<FamilyParameter> parameters() {
        return List.of(
                new FamilyParameter(LAYOUT, "how the model gives joints: heatmaps, simcc or movenet", "heatmaps"),
                new FamilyParameter(KEYPOINTS, "names of the joints in the model's order", ""),
                new FamilyParameter(JOINT_THRESHOLD, "joints that are less likely are absent, 0 to 1", "0.3"));
    }

    private Layout layout(ModelSpec spec) {
        return FamilyParameters.of(this, spec).choice(LAYOUT, Layout.class);
    }

    private List<String> names(ModelSpec spec) {
        return FamilyParameters.of(this, spec).list(KEYPOINTS);
    }

    private double threshold(ModelSpec spec) {
        return FamilyParameters.of(this, spec).decimal(JOINT_THRESHOLD, 0, 1);
    }

    @Override
    public Optional<Recognition> recognise(ModelSignature signature) {
        return KeypointsRecognition.of(signature);
    }

    @Override
    public void check(ModelSpec spec) {
        layout(spec);
        threshold(spec);
        OneClass.check(spec);
        if (names(spec).isEmpty()) {
            throw new IllegalArgumentException(
                    "parameters." + KEYPOINTS + ": missing (expected: a name for each joint of the model)");
        }
    }

    // --- Reading

    @Override
    public Interpretation interpret(List<RowOutput> rows, FamilyInput input) {
        ModelSpec spec = input.model();
        RowOutput row = Outputs.onlyRow(rows);
        StageSpec stage = spec.stage(input.stage());
        List<String> names = names(spec);
        List<Found> found = switch (layout(spec)) {
            case HEATMAPS -> inHeatmaps(row, stage, names.size());
            case SIMCC -> onAxes(row, stage, names.size());
            case MOVENET -> told(row, stage, names.size());
        };
        double threshold = threshold(spec);
        List<Keypoint> joints = new ArrayList<>();
        double sum = 0;
        boolean isThere = false;
        for (int joint = 0; joint < names.size(); joint++) {
            Found one = found.get(joint);
            boolean isPresent = one.score() >= threshold && one.score() > 0;
            isThere |= isPresent;
            sum += one.score();
            joints.add(new Keypoint(
                    names.get(joint),
                    within(row.transform().toAsset(one.at()), row.transform().asset()),
                    isPresent ? Keypoint.Visibility.VISIBLE : Keypoint.Visibility.ABSENT,
                    one.score()));
        }
        double score = sum / names.size();
        if (!isThere || score < input.floor()) {
            return new Interpretation.Done(List.of());
        }
        String label = OneClass.label(spec, DEFAULT_LABEL);
        return new Interpretation.Done(List.of(new Annotation.Keypoints(new Candidate(0, label, score), joints)));
    }

    private static Point within(Point at, ImageSize asset) {
        return new Point(Math.clamp(at.x(), 0.0, asset.width()), Math.clamp(at.y(), 0.0, asset.height()));
    }

    private static List<Found> inHeatmaps(RowOutput row, StageSpec stage, int count) {
        Tensor maps = tensor(row, stage, HEATMAPS, Shape.of(1, -1, -1, -1), 1, count);
        int height = (int) maps.shape().extent(2);
        int width = (int) maps.shape().extent(3);
        ImageSize input = row.transform().input();
        float[] map = new float[Math.multiplyExact(width, height)];
        List<Found> found = new ArrayList<>();
        for (int joint = 0; joint < count; joint++) {
            maps.read((long) joint * map.length, map);
            int best = 0;
            for (int i = 0; i < map.length; i++) {
                Outputs.requireFinite(maps, (long) joint * map.length + i, map[i]);
                best = map[i] > map[best] ? i : best;
            }
            int column = best % width;
            int line = best / width;
            double x = column;
            double y = line;
            // As the source has it: not beside the edge either, though there would be neighbours.
            if (column > 1 && column < width - 1 && line > 1 && line < height - 1) {
                x += 0.25 * Math.signum(map[best + 1] - map[best - 1]);
                y += 0.25 * Math.signum(map[best + width] - map[best - width]);
            }
            found.add(new Found(
                    new Point(x * input.width() / width + 0.5, y * input.height() / height + 0.5),
                    Math.clamp(map[best], 0f, 1f)));
        }
        return found;
    }

    private static List<Found> onAxes(RowOutput row, StageSpec stage, int count) {
        Tensor across = tensor(row, stage, X, Shape.of(1, -1, -1), 1, count);
        Tensor down = tensor(row, stage, Y, Shape.of(1, -1, -1), 1, count);
        ImageSize input = row.transform().input();
        List<Found> found = new ArrayList<>();
        for (int joint = 0; joint < count; joint++) {
            Best x = best(across, joint);
            Best y = best(down, joint);
            found.add(new Found(
                    new Point(
                            (double) x.at() * input.width() / across.shape().extent(2) + 0.5,
                            (double) y.at() * input.height() / down.shape().extent(2) + 0.5),
                    Math.clamp(Math.min(x.value(), y.value()), 0f, 1f)));
        }
        return found;
    }

    private record Best(int at, float value) {}

    private static Best best(Tensor tensor, int joint) {
        float[] values = new float[(int) tensor.shape().extent(2)];
        long first = (long) joint * values.length;
        tensor.read(first, values);
        int best = 0;
        for (int i = 0; i < values.length; i++) {
            Outputs.requireFinite(tensor, first + i, values[i]);
            best = values[i] > values[best] ? i : best;
        }
        return new Best(best, values[best]);
    }

    private static List<Found> told(RowOutput row, StageSpec stage, int count) {
        Tensor joints = tensor(row, stage, JOINTS, Shape.of(1, 1, -1, 3), 2, count);
        Outputs.checkFinite(joints);
        ImageSize input = row.transform().input();
        List<Found> found = new ArrayList<>();
        for (int joint = 0; joint < count; joint++) {
            long first = 3L * joint;
            found.add(new Found(
                    new Point(
                            (double) joints.f32(first + 1) * input.width(),
                            (double) joints.f32(first) * input.height()),
                    Outputs.probability(joints, first + 2, joints.f32(first + 2))));
        }
        return found;
    }

    /// @param joints the axis that has as many extents as joints are named
    private static Tensor tensor(RowOutput row, StageSpec stage, String role, Shape any, int axis, int joints) {
        Tensor tensor = Outputs.shaped(row, stage, role, role, any, Integer.MAX_VALUE);
        if (tensor.shape().extent(axis) != joints) {
            throw new OutputInvalidException("output " + tensor.name() + ": " + tensor.shape() + " (expected: " + joints
                    + " joints, as parameters." + KEYPOINTS + " names so many)");
        }
        if (tensor.elements() == 0) {
            throw Outputs.otherShape(tensor, any);
        }
        return tensor;
    }
}
