package dev.firstpass.server.frontend.labelstudio;

import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.RequestRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// What a labeler's gestures ask a model.
///
/// Immutable.
///
/// @param prompt in pixels of the upright image
/// @param label that the labeler chose last
record StudioPrompt(Prompt prompt, Optional<String> label) {
    private static final String FIELD = "params.context.result";

    /// Keypoints are clicks; a rectangle, or the bounds of an ellipse, is a box, of which the last one counts.
    ///
    /// @param gestures at least one
    /// @throws FailureException ARGUMENT_INVALID for one that asks nothing
    static StudioPrompt of(List<Gesture> gestures, RequestRules rules) {
        List<Prompt.Click> clicks = new ArrayList<>();
        Optional<Rect> box = Optional.empty();
        Optional<String> label = Optional.empty();
        for (int i = 0; i < gestures.size(); i++) {
            Gesture gesture = gestures.get(i);
            String field = FIELD + "[" + i + "]";
            double width = extent(field + ".original_width", gesture.originalWidth());
            double height = extent(field + ".original_height", gesture.originalHeight());
            double x = pixels(field + ".value.x", gesture.x(), width, rules);
            double y = pixels(field + ".value.y", gesture.y(), height, rules);
            switch (gesture.type()) {
                case "keypointlabels", "keypoint" ->
                    clicks.add(new Prompt.Click(new Point(x, y), gesture.isPositive()));
                case "rectanglelabels", "rectangle" ->
                    box = Optional.of(box(
                            field,
                            x,
                            y,
                            pixels(field + ".value.width", gesture.width(), width, rules),
                            pixels(field + ".value.height", gesture.height(), height, rules)));
                case "ellipselabels", "ellipse" -> {
                    double across = pixels(field + ".value.radiusX", gesture.width(), width, rules);
                    double down = pixels(field + ".value.radiusY", gesture.height(), height, rules);
                    box = Optional.of(box(field, x - across, y - down, 2 * across, 2 * down));
                }
                default ->
                    throw RequestRules.invalid(
                            field + ".type",
                            field + ".type: " + Words.quoted(gesture.type())
                                    + " (expected: keypointlabels, rectanglelabels or ellipselabels)");
            }
            label = gesture.label().or(() -> gestures.getFirst().label());
        }
        return new StudioPrompt(
                box.<Prompt>map(rect -> new Prompt.Box(rect, clicks)).orElseGet(() -> new Prompt.Points(clicks)),
                label);
    }

    private static Rect box(String field, double x, double y, double width, double height) {
        if (!(width > 0 && height > 0)) {
            throw RequestRules.invalid(field + ".value", field + ".value: no area (expected: width and height > 0)");
        }
        return new Rect(x, y, width, height);
    }

    private static double extent(String field, OptionalDouble value) {
        double extent = value.orElse(0);
        if (!(extent >= 1 && extent <= 1e6)) {
            throw RequestRules.invalid(field, field + ": " + extent + " (expected: pixels, 1 to 1000000)");
        }
        return extent;
    }

    private static double pixels(String field, OptionalDouble percent, double extent, RequestRules rules) {
        if (percent.isEmpty()) {
            throw RequestRules.invalid(field, field + ": nothing (expected: a number, percent of the image)");
        }
        return rules.coordinate(field, percent.getAsDouble() * extent / 100);
    }
}
