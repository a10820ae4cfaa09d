package dev.firstpass.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A rollout's figures, as the management listener has them, for people.
///
/// Pure functions.
final class RolloutFigures {
    private RolloutFigures() {}

    static List<String> lines(JsonNode figures) {
        List<String> lines = new ArrayList<>();
        JsonNode stopped = figures.path("stopped");
        if (!stopped.isMissingNode()) {
            lines.add("version " + stopped.path("canary").asText() + " was stopped at "
                    + stopped.path("at").asText() + " for its "
                    + stopped.path("reason").asText() + ": "
                    + stopped.path("detail").asText());
        }
        lines.add("since " + figures.path("since").asText() + ":");
        lines.addAll(arms(figures.path("arms")));
        JsonNode agreement = figures.path("agreement");
        if (!agreement.isMissingNode()) {
            lines.addAll(agreement(agreement));
        }
        return lines;
    }

    private static List<String> arms(JsonNode arms) {
        Table table = new Table()
                .row("ARM", "REQUESTS", "CACHED", "ERRORS", "P50 MS", "P90 MS", "P99 MS", "LABELS", "MEAN SCORE");
        for (Map.Entry<String, JsonNode> arm : arms.properties()) {
            JsonNode figures = arm.getValue();
            JsonNode millis = figures.path("millis");
            table.row(
                    arm.getKey(),
                    figures.path("requests").asText(),
                    figures.path("cached").asText(),
                    figures.path("errors").asText(),
                    decimals(millis.path("p50"), 1),
                    decimals(millis.path("p90"), 1),
                    decimals(millis.path("p99"), 1),
                    figures.path("labels").asText(),
                    decimals(figures.path("meanScore"), 3));
        }
        return table.lines();
    }

    private static List<String> agreement(JsonNode agreement) {
        return List.of(
                "shadow: " + agreement.path("compared").asText() + " compared, "
                        + agreement.path("failed").asText() + " failed, "
                        + agreement.path("dropped").asText() + " dropped",
                "  labels that both have: " + decimals(agreement.path("matched"), 3) + ", their overlap: "
                        + decimals(agreement.path("meanOverlap"), 3) + ", the same label: "
                        + decimals(agreement.path("sameLabel"), 3),
                "  score shift: " + decimals(agreement.path("meanScoreShift"), 4) + ", labels more or less: "
                        + agreement.path("countDifference").asText(),
                "  p50 ms of the work: "
                        + decimals(agreement.path("shadowMillis").path("p50"), 1) + " (stable: "
                        + decimals(agreement.path("stableMillis").path("p50"), 1) + ")",
                "  " + agreement.path("note").asText());
    }

    private static String decimals(JsonNode number, int digits) {
        return number.isMissingNode() ? "-" : String.format(Locale.ROOT, "%." + digits + "f", number.asDouble());
    }
}
