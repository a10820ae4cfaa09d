package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// How the outputs of one YOLO model are to be read, as its manifest says.
///
/// Immutable.
///
/// @param keypoints names of a figure's joints, in the model's order
/// @param anchors of undecoded heads, width and height in turn
record YoloHead(Layout layout, Task task, List<String> classes, List<String> keypoints, double[] anchors) {
    static final String LAYOUT = "layout";
    static final String TASK = "task";
    static final String KEYPOINTS = "keypoints";
    static final String ANCHORS = "anchors";

    static final List<FamilyParameter> PARAMETERS = List.of(
            new FamilyParameter(TASK, "what the model finds: detect, segment, obb or pose", "detect"),
            new FamilyParameter(
                    LAYOUT,
                    "columns [1,4+classes+..,N] (v8 to v12), rows [1,N,5+classes+..] (v5, v6, v7), "
                            + "end-to-end [1,N,6+..] (v10, 26, nms=True), numbered-rows [N,7] (v7 end2end), "
                            + "heads (v5, v7, not decoded)",
                    "columns"),
            new FamilyParameter(KEYPOINTS, "names of a figure's joints in the model's order, for task pose", ""),
            new FamilyParameter(
                    ANCHORS,
                    "width,height of each anchor in pixels, finest grid first, for layout heads; YOLOv5's by default",
                    "10,13,16,30,33,23,30,61,62,45,59,119,116,90,156,198,373,326"));

    /// Where the numbers of a candidate lie.
    enum Layout {
        COLUMNS,
        ROWS,
        END_TO_END,
        NUMBERED_ROWS,
        HEADS;

        /// Whether the model has thinned out its detections.
        boolean isThinned() {
            return switch (this) {
                case END_TO_END, NUMBERED_ROWS -> true;
                case COLUMNS, ROWS, HEADS -> false;
            };
        }

        /// Whether it holds boxes and scores alone.
        boolean isPlain() {
            return switch (this) {
                case HEADS, NUMBERED_ROWS -> true;
                case COLUMNS, ROWS, END_TO_END -> false;
            };
        }
    }

    /// What a candidate has beside its box.
    enum Task {
        DETECT,
        SEGMENT,
        OBB,
        POSE
    }

    /// @throws IllegalArgumentException naming the key that is missing, unreadable or contradicts another
    static YoloHead of(ModelFamily family, ModelSpec spec) {
        FamilyParameters parameters = FamilyParameters.of(family, spec);
        YoloHead head = new YoloHead(
                parameters.choice(LAYOUT, Layout.class),
                parameters.choice(TASK, Task.class),
                spec.classes(),
                parameters.list(KEYPOINTS),
                sides(parameters.list(ANCHORS)));
        if (head.classes.isEmpty()) {
            throw new IllegalArgumentException("classes: none (expected: one label for each class of the model)");
        }
        if (head.layout.isPlain() && head.task != Task.DETECT) {
            throw new IllegalArgumentException("parameters." + TASK + ": only detect (expected, where parameters."
                    + LAYOUT + " is heads or numbered-rows)");
        }
        if (head.task == Task.POSE && head.keypoints.isEmpty()) {
            throw new IllegalArgumentException("parameters." + KEYPOINTS + ": missing (expected, where parameters."
                    + TASK + " is pose: a name for each joint)");
        }
        return head;
    }

    private static double[] sides(List<String> texts) {
        double[] sides = new double[texts.size()];
        for (int i = 0; i < sides.length; i++) {
            sides[i] = texts.get(i).matches("[0-9]{1,5}(\\.[0-9]{1,9})?") ? Double.parseDouble(texts.get(i)) : 0;
            if (sides[i] <= 0) {
                throw new IllegalArgumentException(
                        "parameters." + ANCHORS + ": " + texts.get(i) + " (expected: sides in pixels, above 0)");
            }
        }
        if (sides.length == 0 || sides.length % 2 != 0) {
            throw new IllegalArgumentException(
                    "parameters." + ANCHORS + ": " + sides.length + " numbers (expected: width and height of each)");
        }
        return sides;
    }

    /// The numbers of a candidate that are no part of its box and scores, along the axis that has them all.
    ///
    /// @throws IllegalArgumentException if there are fewer than the box and the classes take, or if they are no number that
    ///     the task can have
    int extras(long numbers) {
        long fixed = fixed();
        long extras = numbers - fixed;
        boolean fits = switch (task) {
            case DETECT -> extras == 0;
            case SEGMENT -> extras > 0;
            case OBB -> extras == 1;
            case POSE -> extras == 2L * keypoints.size() || extras == 3L * keypoints.size();
        };
        if (!fits) {
            throw new IllegalArgumentException(expected());
        }
        return Math.toIntExact(extras);
    }

    /// Numbers of a candidate's box and scores.
    private long fixed() {
        return switch (layout) {
            case COLUMNS -> 4L + classes.size();
            case ROWS, HEADS -> 5L + classes.size();
            case END_TO_END -> 6;
            case NUMBERED_ROWS -> 7;
        };
    }

    /// For messages: the shape of the detections.
    String expected() {
        List<String> numbers = new ArrayList<>();
        numbers.add(
                switch (layout) {
                    case COLUMNS -> "4 + " + classes.size() + " classes";
                    case ROWS, HEADS -> "5 + " + classes.size() + " classes";
                    case END_TO_END -> "6";
                    case NUMBERED_ROWS -> "7";
                });
        switch (task) {
            case DETECT -> {}
            case SEGMENT -> numbers.add("coefficients");
            case OBB -> numbers.add("1 angle");
            case POSE -> numbers.add("2 or 3 for each of " + keypoints.size() + " joints");
        }
        String all = String.join(" + ", numbers);
        return switch (layout) {
            case COLUMNS -> "[1," + all + ",N]";
            case ROWS, END_TO_END -> "[1,N," + all + "]";
            case NUMBERED_ROWS -> "[N,7]";
            case HEADS ->
                "[1,A,h,w," + all + "] or [1,A*(" + all + "),h,w] of " + anchors.length / 2 + " anchors in all";
        };
    }

    /// The axis along which a candidate's numbers lie.
    long numbers(Shape detections) {
        return detections.extent(layout == Layout.COLUMNS ? 1 : -1);
    }

    /// Whether a tensor of this rank can be the detections.
    boolean isRank(Shape shape) {
        return shape.rank() == (layout == Layout.NUMBERED_ROWS ? 2 : 3);
    }
}
