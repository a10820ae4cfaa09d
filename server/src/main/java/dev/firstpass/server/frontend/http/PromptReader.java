package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.RequestRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads `{"points": [{"x", "y", "label": "foreground|background"}], "box": {"x", "y", "width", "height"}}`, of which one may be
/// left out.
///
/// Immutable.
final class PromptReader {
    private final RequestRules rules;

    PromptReader(RequestRules rules) {
        this.rules = rules;
    }

    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID with the member's path
    Prompt read(JsonNode node) {
        ObjectNode prompt = object("prompt", node);
        Json.requireKnown("prompt", prompt, Set.of("points", "box"));
        if (prompt.isEmpty()) {
            throw RequestRules.invalid("prompt", "prompt: no members (expected: points, box or both)");
        }
        List<Prompt.Click> clicks = prompt.has("points") ? points(prompt.path("points")) : List.of();
        @Nullable JsonNode box = prompt.get("box");
        return box != null ? new Prompt.Box(box(object("prompt.box", box)), clicks) : new Prompt.Points(clicks);
    }

    private Rect box(ObjectNode box) {
        Json.requireKnown("prompt.box", box, List.of("x", "y", "width", "height"));
        double width = coordinate("prompt.box.width", box.path("width"));
        double height = coordinate("prompt.box.height", box.path("height"));
        if (width <= 0 || height <= 0) {
            throw RequestRules.invalid("prompt.box", "prompt.box: " + width + "x" + height + " (expected: > 0)");
        }
        return new Rect(
                coordinate("prompt.box.x", box.path("x")), coordinate("prompt.box.y", box.path("y")), width, height);
    }

    private List<Prompt.Click> points(JsonNode points) {
        if (!points.isArray() || points.isEmpty() || points.size() > RequestRules.MAX_CLICKS) {
            throw RequestRules.invalid(
                    "prompt.points", "prompt.points (expected: an array of 1.." + RequestRules.MAX_CLICKS + " points)");
        }
        List<Prompt.Click> clicks = new ArrayList<>();
        for (JsonNode point : points) {
            clicks.add(click("prompt.points[" + clicks.size() + "]", point));
        }
        return clicks;
    }

    private Prompt.Click click(String field, JsonNode node) {
        ObjectNode point = object(field, node);
        Json.requireKnown(field, point, List.of("x", "y", "label"));
        Point at = new Point(coordinate(field + ".x", point.path("x")), coordinate(field + ".y", point.path("y")));
        String label = point.has("label") ? Options.text(field + ".label", point.path("label")) : "foreground";
        return switch (label) {
            case "foreground" -> new Prompt.Click(at, true);
            case "background" -> new Prompt.Click(at, false);
            default ->
                throw RequestRules.invalid(
                        field + ".label",
                        field + ".label: " + Words.quoted(label) + " (expected: foreground or background)");
        };
    }

    private double coordinate(String field, JsonNode node) {
        return rules.coordinate(field, Options.number(field, node));
    }

    private static ObjectNode object(String field, JsonNode node) {
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw RequestRules.invalid(field, field + ": " + Json.kind(node) + " (expected: an object)");
    }
}
