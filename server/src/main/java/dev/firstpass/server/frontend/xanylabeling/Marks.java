package dev.firstpass.server.frontend.xanylabeling;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.RequestRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads what a labeler has marked: `{"type": "point", "data": [x, y], "label": 0|1}` and one
/// `{"type": "rectangle", "data": [x1, y1, x2, y2], "label": 1}`.
///
/// Immutable.
record Marks(RequestRules rules) {
    private static final String FIELD = "params.marks";

    /// Empty where nothing is marked.
    ///
    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID
    Optional<Prompt> read(JsonNode marks) {
        if (marks.isMissingNode() || marks.isNull()) {
            return Optional.empty();
        }
        if (!marks.isArray() || marks.size() > RequestRules.MAX_CLICKS) {
            throw RequestRules.invalid(
                    FIELD, FIELD + " (expected: an array of at most " + RequestRules.MAX_CLICKS + " marks)");
        }
        List<Prompt.Click> clicks = new ArrayList<>();
        List<Rect> boxes = new ArrayList<>();
        for (int i = 0; i < marks.size(); i++) {
            String field = FIELD + "[" + i + "]";
            JsonNode mark = marks.get(i);
            String type = Options.text(field + ".type", mark.path("type"));
            switch (type) {
                case "point" -> clicks.add(new Prompt.Click(point(field, mark), isForeground(field, mark)));
                case "rectangle" -> boxes.add(box(field, mark));
                default ->
                    throw RequestRules.invalid(
                            field + ".type",
                            field + ".type: " + Words.quoted(type) + " (expected: point or rectangle)");
            }
        }
        if (boxes.size() > 1) {
            throw RequestRules.invalid(FIELD, FIELD + ": " + boxes.size() + " rectangles (expected: at most one)");
        }
        if (!boxes.isEmpty()) {
            return Optional.of(new Prompt.Box(boxes.getFirst(), clicks));
        }
        return clicks.isEmpty() ? Optional.empty() : Optional.of(new Prompt.Points(clicks));
    }

    private Point point(String field, JsonNode mark) {
        double[] data = data(field, mark, 2);
        return new Point(data[0], data[1]);
    }

    private Rect box(String field, JsonNode mark) {
        if (!isForeground(field, mark)) {
            throw RequestRules.invalid(
                    field + ".label",
                    field + ".label: a rectangle around what is not wanted (expected: points for that)");
        }
        double[] data = data(field, mark, 4);
        Rect box = Rect.ofCorners(
                Math.min(data[0], data[2]),
                Math.min(data[1], data[3]),
                Math.max(data[0], data[2]),
                Math.max(data[1], data[3]));
        if (box.area() <= 0) {
            throw RequestRules.invalid(field + ".data", field + ".data: no area (expected: two corners)");
        }
        return box;
    }

    private double[] data(String field, JsonNode mark, int count) {
        JsonNode data = mark.path("data");
        if (!data.isArray() || data.size() != count) {
            throw RequestRules.invalid(
                    field + ".data", field + ".data: " + Json.kind(data) + " (expected: " + count + " numbers)");
        }
        double[] numbers = new double[count];
        for (int i = 0; i < count; i++) {
            String item = field + ".data[" + i + "]";
            numbers[i] = rules.coordinate(item, Options.number(item, data.get(i)));
        }
        return numbers;
    }

    private static boolean isForeground(String field, JsonNode mark) {
        JsonNode label = mark.path("label");
        if (label.isMissingNode()) {
            return true;
        }
        double value = Options.number(field + ".label", label);
        if (value != 0 && value != 1) {
            throw RequestRules.invalid(field + ".label", field + ".label: " + value + " (expected: 0 or 1)");
        }
        return value == 1;
    }
}
