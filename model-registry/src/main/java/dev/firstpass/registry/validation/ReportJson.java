package dev.firstpass.registry.validation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.registry.validation.Check.Outcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/// A report as JSON, as the API shows it and the database keeps it.
///
/// Pure functions.
public final class ReportJson {
    private static final JsonMapper JSON = new JsonMapper();

    private ReportJson() {}

    public static ObjectNode write(ValidationReport report) {
        ObjectNode json = JSON.createObjectNode();
        json.put("verdict", report.isPassed() ? "PASSED" : "FAILED");
        report.failure().ifPresent(failure -> json.put("failure", failure));
        json.put("at", report.at().toString());
        json.put("millis", report.millis());
        json.put("device", report.device());
        ObjectNode rows = json.putObject("rows");
        new TreeMap<>(report.rows()).forEach(rows::put);
        ArrayNode checks = json.putArray("checks");
        report.checks()
                .forEach(check -> checks.addObject()
                        .put("name", check.name())
                        .put("outcome", check.outcome().name())
                        .put("detail", check.detail()));
        ArrayNode golden = json.putArray("golden");
        report.golden().forEach(result -> golden.add(write(result)));
        return json;
    }

    private static ObjectNode write(GoldenResult result) {
        ObjectNode json = JSON.createObjectNode();
        json.put("image", result.image());
        json.put("expect", result.expect());
        json.put("met", result.isMet());
        json.put("iou", result.iou());
        json.put("score", result.score());
        ArrayNode classes = json.putArray("classes");
        result.classes()
                .forEach(one -> classes.addObject()
                        .put("label", one.label())
                        .put("expected", one.expected())
                        .put("found", one.found())
                        .put("matched", one.matched())
                        .put("leastIou", one.leastIou())
                        .put("mostScoreDifference", one.mostScoreDifference()));
        ArrayNode deviations = json.putArray("deviations");
        result.deviations().forEach(deviations::add);
        json.set("found", parsed(result.found()));
        return json;
    }

    /// @throws IllegalArgumentException if it is no report
    public static ValidationReport read(String text) {
        return read(parsed(text));
    }

    /// @throws IllegalArgumentException if it is no report
    public static ValidationReport read(JsonNode json) {
        Map<String, Integer> rows = new TreeMap<>();
        json.path("rows")
                .properties()
                .forEach(entry -> rows.put(entry.getKey(), entry.getValue().asInt()));
        try {
            return new ValidationReport(
                    Instant.parse(json.path("at").asText()),
                    json.path("millis").asLong(),
                    json.path("device").asText(),
                    list(json.path("checks"), ReportJson::check),
                    rows,
                    list(json.path("golden"), ReportJson::golden));
        } catch (java.time.DateTimeException e) {
            throw new IllegalArgumentException("at: no time (expected: a report)", e);
        }
    }

    private static Check check(JsonNode json) {
        return new Check(
                json.path("name").asText(),
                Outcome.valueOf(json.path("outcome").asText()),
                json.path("detail").asText());
    }

    private static GoldenResult golden(JsonNode json) {
        return new GoldenResult(
                json.path("image").asText(),
                json.path("expect").asText(),
                json.path("iou").asDouble(),
                json.path("score").asDouble(),
                list(json.path("classes"), ReportJson::classResult),
                list(json.path("deviations"), JsonNode::asText),
                json.path("found").toString());
    }

    private static GoldenResult.ClassResult classResult(JsonNode json) {
        return new GoldenResult.ClassResult(
                json.path("label").asText(),
                json.path("expected").asInt(),
                json.path("found").asInt(),
                json.path("matched").asInt(),
                json.path("leastIou").asDouble(),
                json.path("mostScoreDifference").asDouble());
    }

    private static JsonNode parsed(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("report: not JSON", e);
        }
    }

    private static <T> List<T> list(JsonNode array, Function<JsonNode, T> each) {
        List<T> items = new ArrayList<>();
        array.forEach(item -> items.add(each.apply(item)));
        return items;
    }
}
