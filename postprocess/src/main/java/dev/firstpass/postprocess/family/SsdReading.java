package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What the parameters of a single-shot detector say of how its heads are to be read.
///
/// Immutable.
///
/// @param atCentre what deltas of the centre are multiplied with
/// @param atSides what deltas of the sides are multiplied with
/// @param grids of anchors, one a level; empty where the file gives anchors, or has decoded its boxes
/// @param sides of each grid's anchors: width, height, width, ...
/// @param steps between centres in pixels of the row; empty where the grids fill the image
record SsdReading(
        Boxes boxes,
        Scores scores,
        Background background,
        double atCentre,
        double atSides,
        SsdAnchors.Form form,
        List<ImageSize> grids,
        List<List<Double>> sides,
        List<Double> steps) {
    static final String BOXES = "boxes";
    static final String SCORES = "scores";
    static final String BACKGROUND = "background";
    static final String VARIANCES = "variances";
    static final String ANCHORS = "anchors";
    static final String GRIDS = "grids";
    static final String SCALES = "scales";
    static final String RATIOS = "ratios";
    static final String STEPS = "steps";
    static final String ORDER = "order";

    /// A grid is no wider than this: any image has fewer cells.
    private static final int MOST_CELLS = 10_000;

    /// Anchors of all levels.
    private static final int MOST_ANCHORS = 10_000_000;

    private static final double MOST_PIXELS = 1_000_000;

    /// A box is at most this much larger than its anchor, as a logarithm: torchvision's `bbox_xform_clip`.
    private static final double MOST_GROWTH = Math.log(1000.0 / 16);

    enum Boxes {
        /// Top, left, bottom, right as shares of the row's image.
        YXYX,
        /// Left, top, right, bottom.
        XYXY,
        /// Shifts of an anchor's centre and logarithms of its growth: x, y, width, height.
        XY_DELTAS,
        /// The same with y and height first.
        YX_DELTAS;

        boolean isDecoded() {
            return this == YXYX || this == XYXY;
        }
    }

    enum Scores {
        PROBABILITIES,
        /// Logits, each class by itself.
        SIGMOID,
        /// Logits, of all columns together.
        SOFTMAX
    }

    enum Background {
        /// First where there is one column more than classes.
        AUTO,
        NONE,
        FIRST
    }

    SsdReading {
        grids = List.copyOf(grids);
        sides = List.copyOf(sides);
        steps = List.copyOf(steps);
    }

    static List<FamilyParameter> parameters() {
        return List.of(
                new FamilyParameter(
                        BOXES,
                        "yxyx or xyxy (decoded corners, 0..1), xy-deltas or yx-deltas (shifts from anchors)",
                        "yxyx"),
                new FamilyParameter(
                        SCORES, "probabilities, or logits: sigmoid (a class by itself) or softmax", "probabilities"),
                new FamilyParameter(
                        BACKGROUND,
                        "the column of the background: none, first, or auto: first where there is one more than classes",
                        "auto"),
                new FamilyParameter(VARIANCES, "what deltas of centres and of sides are multiplied with", "0.1, 0.2"),
                new FamilyParameter(
                        ANCHORS,
                        "what an output of anchors holds: xywh or yxhw (centre, sides), xyxy or yxyx (corners), all 0..1, "
                                + "or pixels (corners, x first)",
                        "xywh"),
                new FamilyParameter(
                        GRIDS,
                        "where no output holds anchors: columns of each grid, or COLUMNSxROWS, finest first",
                        ""),
                new FamilyParameter(
                        SCALES, "of the anchors on each grid as shares of the image, and one more after the last", ""),
                new FamilyParameter(
                        RATIOS,
                        "of the anchors on each grid, blanks between: 2 3; once for all grids or for each of them",
                        "2 3"),
                new FamilyParameter(
                        STEPS, "pixels of the row between the cells of each grid; none: it fills the image", ""),
                new FamilyParameter(ORDER, "of a cell's anchors: ssd (torchvision's as well) or tensorflow", "ssd"));
    }

    /// @throws IllegalArgumentException if a parameter cannot be read, or they do not fit each other
    static SsdReading of(ModelFamily family, ModelSpec spec) {
        FamilyParameters given = FamilyParameters.of(family, spec);
        List<Double> variances = given.decimals(VARIANCES, 1e-6, 1e6);
        if (variances.size() != 2) {
            throw new IllegalArgumentException(
                    "parameters." + VARIANCES + ": " + variances + " (expected: two numbers)");
        }
        List<ImageSize> grids = given.list(GRIDS).stream().map(SsdReading::grid).toList();
        List<Double> scales = given.decimals(SCALES, 1e-6, 100);
        List<Double> steps = given.decimals(STEPS, 1e-6, MOST_PIXELS);
        List<List<Double>> ratios = new ArrayList<>();
        for (String level : given.list(RATIOS)) {
            ratios.add(FamilyParameters.decimals(RATIOS, List.of(level.split("\\s+", -1)), 1e-3, 1e3));
        }
        requireAsMany(SCALES, scales.size(), grids.isEmpty() ? 0 : grids.size() + 1);
        if (!steps.isEmpty()) {
            requireAsMany(STEPS, steps.size(), grids.size());
        }
        if (ratios.size() != 1) {
            requireAsMany(RATIOS, ratios.size(), grids.size());
        }
        SsdAnchors.Order order = given.choice(ORDER, SsdAnchors.Order.class);
        List<List<Double>> sides = new ArrayList<>();
        for (int level = 0; level < grids.size(); level++) {
            sides.add(SsdAnchors.sides(
                    order,
                    level == 0,
                    scales.get(level),
                    scales.get(level + 1),
                    ratios.get(ratios.size() == 1 ? 0 : level)));
        }
        return new SsdReading(
                given.choice(BOXES, Boxes.class),
                given.choice(SCORES, Scores.class),
                given.choice(BACKGROUND, Background.class),
                variances.get(0),
                variances.get(1),
                given.choice(ANCHORS, SsdAnchors.Form.class),
                grids,
                sides,
                steps);
    }

    private static void requireAsMany(String name, int found, int expected) {
        if (found != expected) {
            throw new IllegalArgumentException("parameters." + name + ": " + found + " of them (expected: " + expected
                    + ", by the " + GRIDS + ")");
        }
    }

    private static ImageSize grid(String text) {
        String[] sides = text.split("x", -1);
        if (sides.length > 2) {
            throw noGrid(text);
        }
        return new ImageSize(cells(sides[0], text), cells(sides[sides.length - 1], text));
    }

    private static int cells(String side, String text) {
        if (!side.matches("[0-9]{1,5}") || Integer.parseInt(side) < 1 || Integer.parseInt(side) > MOST_CELLS) {
            throw noGrid(text);
        }
        return Integer.parseInt(side);
    }

    private static IllegalArgumentException noGrid(String text) {
        return new IllegalArgumentException("parameters." + GRIDS + ": " + text + " (expected: 19 or 20x15, up to "
                + MOST_CELLS + " cells a side)");
    }

    /// Of the scores' columns, which belong to no class.
    int others(long columns, int classes) {
        return switch (background) {
            case AUTO -> columns == classes + 1L ? 1 : 0;
            case NONE -> 0;
            case FIRST -> 1;
        };
    }

    /// Those on grids; empty where there are none.
    ///
    /// @throws IllegalArgumentException if there are too many
    Optional<SsdAnchors> onGrids(ImageSize row) {
        if (grids.isEmpty()) {
            return Optional.empty();
        }
        List<SsdAnchors.Level> levels = new ArrayList<>();
        long count = 0;
        for (int i = 0; i < grids.size(); i++) {
            ImageSize grid = grids.get(i);
            count += (long) grid.width() * grid.height() * (sides.get(i).size() / 2);
            if (count > MOST_ANCHORS) {
                throw new IllegalArgumentException(
                        "parameters." + GRIDS + ": more than " + MOST_ANCHORS + " anchors (expected: fewer)");
            }
            double across = steps.isEmpty() ? 1.0 / grid.width() : steps.get(i) / row.width();
            double down = steps.isEmpty() ? 1.0 / grid.height() : steps.get(i) / row.height();
            levels.add(new SsdAnchors.Level(grid, across, down, sides.get(i)));
        }
        return Optional.of(new SsdAnchors.Grids(levels));
    }

    /// One box in pixels of the row.
    ///
    /// @param heads with four numbers for each place, all finite
    /// @param anchors of which there are as many; not looked at where boxes are decoded
    Rect box(Tensor heads, int at, SsdAnchors anchors, ImageSize row) {
        long first = 4L * at;
        double a = heads.f32(first);
        double b = heads.f32(first + 1);
        double c = heads.f32(first + 2);
        double d = heads.f32(first + 3);
        return switch (boxes) {
            case YXYX -> corners(b, a, d, c, row);
            case XYXY -> corners(a, b, c, d, row);
            case XY_DELTAS -> moved(anchors, at, a, b, c, d, row);
            case YX_DELTAS -> moved(anchors, at, b, a, d, c, row);
        };
    }

    private static Rect corners(double x0, double y0, double x1, double y1, ImageSize row) {
        return Rect.ofCorners(x0 * row.width(), y0 * row.height(), x1 * row.width(), y1 * row.height());
    }

    private Rect moved(SsdAnchors anchors, int at, double dx, double dy, double dw, double dh, ImageSize row) {
        double[] anchor = new double[4];
        anchors.read(at, anchor);
        double width = Math.max(0, anchor[2]) * Math.exp(Math.min(dw * atSides, MOST_GROWTH));
        double height = Math.max(0, anchor[3]) * Math.exp(Math.min(dh * atSides, MOST_GROWTH));
        double left = anchor[0] + dx * atCentre * anchor[2] - width / 2;
        double top = anchor[1] + dy * atCentre * anchor[3] - height / 2;
        return new Rect(left * row.width(), top * row.height(), width * row.width(), height * row.height());
    }
}
