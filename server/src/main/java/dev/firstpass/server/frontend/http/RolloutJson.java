package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.postprocess.evaluation.Agreement;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.RolloutStatus;
import dev.firstpass.server.rollout.ArmReport;
import dev.firstpass.server.rollout.Latencies;
import dev.firstpass.server.rollout.RolloutReport;
import dev.firstpass.server.rollout.ShadowReport;
import java.util.OptionalDouble;

/// A rollout and its figures as JSON.
///
/// Pure functions.
final class RolloutJson {
    private static final String CANARY = "canary";
    private static final String NOTE =
            "Agreement with the version that serves is not quality: where that is wrong, a better" + " one disagrees.";

    private RolloutJson() {}

    static ObjectNode of(RolloutStatus status) {
        ObjectNode body = Json.object().put("stable", status.stable());
        status.rollout().ifPresent(rollout -> {
            rollout.canary().ifPresent(canary -> body.put(CANARY, canary).put("percent", rollout.percent()));
            rollout.shadow()
                    .ifPresent(shadow -> body.put("shadow", shadow).put("shadowPercent", rollout.shadowPercent()));
        });
        status.report().ifPresent(report -> add(body, report));
        return body;
    }

    static void add(ObjectNode body, RolloutReport report) {
        body.put("since", report.since().toString());
        ObjectNode arms = body.putObject("arms");
        arms.set("stable", arm(report.stable()));
        report.canary().ifPresent(canary -> arms.set(CANARY, arm(canary)));
        report.shadow().ifPresent(shadow -> body.set("agreement", agreement(shadow)));
        report.stopped()
                .ifPresent(stop -> body.putObject("stopped")
                        .put(CANARY, stop.canary())
                        .put("at", stop.at().toString())
                        .put("reason", stop.reason().id())
                        .put("detail", stop.detail()));
    }

    private static ObjectNode arm(ArmReport arm) {
        ObjectNode json = Json.object()
                .put("requests", arm.requests())
                .put("cached", arm.cached())
                .put("errors", arm.errors());
        json.set("millis", latencies(arm.latencies()));
        json.put("labels", arm.labels());
        put(json, "meanScore", arm.meanScore());
        return json;
    }

    private static ObjectNode agreement(ShadowReport shadow) {
        Agreement agreement = shadow.agreement();
        ObjectNode json = Json.object()
                .put("compared", agreement.images())
                .put("failed", shadow.failed())
                .put("dropped", shadow.dropped());
        if (agreement.images() > 0) {
            json.put("matched", agreement.matched());
        }
        put(json, "meanOverlap", agreement.meanOverlap());
        put(json, "sameLabel", agreement.labelAgreement());
        put(json, "meanScoreShift", agreement.meanScoreShift());
        put(json, "meanScoreDifference", agreement.meanScoreDifference());
        json.put("countDifference", agreement.countDifference());
        json.set("stableMillis", latencies(shadow.stable()));
        json.set("shadowMillis", latencies(shadow.shadow()));
        json.put("note", NOTE);
        return json;
    }

    private static ObjectNode latencies(Latencies latencies) {
        ObjectNode json = Json.object().put("count", latencies.count());
        return latencies.count() == 0
                ? json
                : json.put("p50", latencies.p50()).put("p90", latencies.p90()).put("p99", latencies.p99());
    }

    private static void put(ObjectNode json, String name, OptionalDouble value) {
        value.ifPresent(number -> json.put(name, number));
    }
}
