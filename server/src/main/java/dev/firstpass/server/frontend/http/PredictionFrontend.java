package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.PathParams;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.ledger.Prediction;
import dev.firstpass.server.ledger.PredictionListing;
import dev.firstpass.server.ledger.PredictionQuery;
import dev.firstpass.server.ledger.RecordedPrediction;
import dev.firstpass.server.security.Callers;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// `/v1/registry/predictions`: what was answered, by id and by version.
///
/// Immutable.
public final class PredictionFrontend implements Frontend {
    private static final String PREDICTIONS = "/v1/registry/predictions";
    private static final String MODEL = "model";
    private static final String VERSION = "version";
    private static final String SINCE = "since";
    private static final String AFTER = "after";
    private static final String LIMIT = "limit";
    private static final long USUAL_PREDICTIONS = 100;
    private static final long MOST_PREDICTIONS = 1000;
    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Blocking readers = routes.needing(Scope.PROMOTE, Scope.ADMIN).blocking(context.threads());
        PredictionListing predictions = context.backend().predictions();
        readers.get(PREDICTIONS, (request, _) -> list(predictions, request));
        readers.get(
                PREDICTIONS + "/{id}",
                (request, _) -> find(predictions, Callers.tenant(request), PathParams.get(request, "id")));
    }

    private static HttpResponse find(PredictionListing predictions, Tenant tenant, String id) {
        Optional<RecordedPrediction> found = ID.matcher(id).matches()
                ? predictions
                        .find(UUID.fromString(id))
                        .filter(known -> known.prediction().tenant().equals(tenant.value()))
                : Optional.empty();
        return Json.response(
                HttpStatus.OK,
                json(found.orElseThrow(() -> Failure.of(
                                Reason.PREDICTION_NOT_FOUND, Words.quoted(id) + ": no such prediction in the ledger")
                        .asException())));
    }

    private static HttpResponse list(PredictionListing predictions, ServiceRequestContext request) {
        Options options = Options.ofQuery(request.queryParams(), MODEL, VERSION, SINCE, AFTER, LIMIT);
        Optional<String> model = options.text(MODEL);
        Optional<Long> version = options.whole(VERSION);
        if (model.isEmpty() && version.isPresent()) {
            throw RequestRules.invalid(MODEL, "model: none (expected: a name, where there is a version)");
        }
        int most = (int) options.within(LIMIT, USUAL_PREDICTIONS, 1, MOST_PREDICTIONS);
        List<RecordedPrediction> found = predictions.list(new PredictionQuery(
                Optional.of(Callers.tenant(request).value()),
                model,
                version.map(OptionalLong::of).orElseGet(OptionalLong::empty),
                since(options),
                options.within(AFTER, 0, 0, Long.MAX_VALUE),
                most));
        ObjectNode body = Json.object().put("recording", predictions.isRecording());
        ArrayNode list = body.putArray("predictions");
        found.forEach(each -> list.add(json(each)));
        if (found.size() == most) {
            body.put("next", found.getLast().sequence());
        }
        return Json.response(HttpStatus.OK, body);
    }

    private static Optional<Instant> since(Options options) {
        return options.text(SINCE).map(text -> Times.parse(SINCE, text, "a time in UTC such as 2026-11-26T12:00:00Z"));
    }

    private static ObjectNode json(RecordedPrediction recorded) {
        Prediction prediction = recorded.prediction();
        ObjectNode json = Json.object()
                .put("sequence", recorded.sequence())
                .put("prediction", prediction.id().toString())
                .put("at", prediction.at().toString())
                .put("tenant", prediction.tenant());
        json.putObject("model")
                .put("name", prediction.model())
                .put("version", prediction.version())
                .put("digest", prediction.versionDigest());
        json.put("arm", prediction.arm().id());
        json.putObject("asset").put("id", prediction.assetId()).put("digest", prediction.assetDigest());
        json.put("spec", prediction.spec());
        json.putObject("labels").put("count", prediction.labels()).put("digest", prediction.labelsDigest());
        json.put("millis", prediction.latencyNanos() / (double) TimeUnit.MILLISECONDS.toNanos(1));
        return json;
    }
}
