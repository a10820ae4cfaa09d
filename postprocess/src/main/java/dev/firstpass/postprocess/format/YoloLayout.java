package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.dataset.DataSetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What the numbers of a line mean.
///
/// Immutable.
///
/// @param task where it is known; else a line with 4 numbers is a box and one with more a polygon
/// @param joints names of the joints of a pose
/// @param numbersPerJoint 2, or 3 with visibility
record YoloLayout(Optional<YoloTask> task, List<String> joints, int numbersPerJoint) {
    private static final int MOST_JOINTS = 10_000;

    YoloLayout {
        joints = List.copyOf(joints);
    }

    /// @param asked for by whoever names the format; goes before what the file says
    /// @throws DataSetException if the joints of poses are not said
    static YoloLayout of(JsonNode yaml, Optional<YoloTask> asked) {
        Optional<YoloTask> said = asked.or(
                        () -> YoloTask.ofWord(yaml.path("task").asText()))
                .or(() -> yaml.has("kpt_shape") ? Optional.of(YoloTask.POSE) : Optional.empty());
        if (said.isEmpty() || said.get() != YoloTask.POSE) {
            return new YoloLayout(said, List.of(), 3);
        }
        JsonNode shape = yaml.path("kpt_shape");
        if (shape.isMissingNode()) {
            return new YoloLayout(said, List.of(), 3);
        }
        int count = shape.path(0).asInt();
        int numbers = shape.path(1).asInt();
        if (count < 1 || count > MOST_JOINTS || (numbers != 2 && numbers != 3)) {
            throw new DataSetException(
                    "kpt_shape: " + LabelJson.shown(shape) + " (expected: [number of key points, 2 or 3])");
        }
        JsonNode names = yaml.path("kpt_names");
        // For each class, or a list for all of them. All classes have the same number.
        JsonNode first = names.isObject()
                ? names.path(names.fieldNames().hasNext() ? names.fieldNames().next() : "")
                : names;
        List<String> joints = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            joints.add(first.size() == count ? first.path(i).asText() : Integer.toString(i));
        }
        return new YoloLayout(said, joints, numbers);
    }
}
