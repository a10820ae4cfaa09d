package dev.firstpass.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.server.call.Arm;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.ledger.Prediction;
import dev.firstpass.server.ledger.PredictionQuery;
import dev.firstpass.server.ledger.RecordedPrediction;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/// The ledger behind a server's management listener.
///
/// For one thread.
final class RemotePredictions implements PredictionAccess {
    private static final String PREDICTIONS = "v1/registry/predictions";

    private final HttpCalls calls;

    RemotePredictions(Endpoint management) {
        this.calls = new HttpCalls(management);
    }

    @Override
    public Optional<RecordedPrediction> find(UUID id) {
        try {
            return Optional.of(prediction(get(PREDICTIONS + "/" + id)));
        } catch (FailureException e) {
            if (e.failure().reason() == Reason.PREDICTION_NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    public List<RecordedPrediction> list(PredictionQuery query) {
        StringBuilder path = new StringBuilder(PREDICTIONS + "?after=" + query.after() + "&limit=" + query.most());
        query.model().ifPresent(model -> path.append("&model=").append(encoded(model)));
        query.version().ifPresent(version -> path.append("&version=").append(version));
        query.since().ifPresent(since -> path.append("&since=").append(encoded(since.toString())));
        List<RecordedPrediction> found = new ArrayList<>();
        get(path.toString()).path("predictions").forEach(each -> found.add(prediction(each)));
        return found;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private JsonNode get(String path) {
        return calls.sendForJson(calls.to(path).build());
    }

    private static RecordedPrediction prediction(JsonNode json) {
        try {
            return new RecordedPrediction(
                    json.path("sequence").asLong(),
                    new Prediction(
                            UUID.fromString(json.path("prediction").asText()),
                            Instant.parse(json.path("at").asText()),
                            json.path("tenant").asText(),
                            json.at("/asset/id").asText(),
                            json.at("/asset/digest").asText(),
                            json.at("/model/name").asText(),
                            json.at("/model/version").asLong(),
                            json.at("/model/digest").asText(),
                            arm(json.path("arm").asText()),
                            json.path("spec").asText(),
                            json.at("/labels/count").asInt(),
                            json.at("/labels/digest").asText(),
                            Math.round(json.path("millis").asDouble() * TimeUnit.MILLISECONDS.toNanos(1))));
        } catch (IllegalArgumentException | DateTimeParseException e) {
            throw CliException.failed("the server tells no prediction: " + json, e);
        }
    }

    private static Arm arm(String id) {
        return Arrays.stream(Arm.values())
                .filter(arm -> arm.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("arm: " + id));
    }

    @Override
    public void close() {
        calls.close();
    }
}
