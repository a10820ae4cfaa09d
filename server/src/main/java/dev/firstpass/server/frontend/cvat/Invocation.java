package dev.firstpass.server.frontend.cvat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.spec.GeometryWish;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.frontend.EncodedImages;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.ModelDescription;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.PrelabelCalls;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.ServedRef;
import dev.firstpass.server.pipeline.FormatChoice;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// `POST /api/function_invocations`: the function's name stands in a header, what it is to work on in JSON. Detectors are answered
/// in the label format `cvat`, interactors with a mask. Members that are not known are passed over, since CVAT sends with each
/// kind of function what may be of use to it.
///
/// CVAT's client can carry a credential only in the host that it is configured with, and so as `Basic`.
///
/// Immutable.
record Invocation(PrelabelCalls calls) implements PrelabelCalls.Reader {
    private static final String FUNCTION = "x-nuclio-function-name";
    private static final Pattern SECONDS = Pattern.compile("([1-9][0-9]{0,5})s");

    @Override
    public PrelabelCalls.Asked read(ServiceRequestContext request, AggregatedHttpRequest whole) {
        PrelabelCalls.Asked asked = asked(request, whole);
        return patience(whole)
                .map(limit -> new PrelabelCalls.Asked(
                        calls.within(request, asked.request(), calls.rules().atMost(limit)), asked.writer()))
                .orElse(asked);
    }

    /// CVAT says how long it waits, which is two minutes unless it is configured otherwise; the first answer of a model that has
    /// to be loaded may take longer than what is usual here.
    private static Optional<Duration> patience(AggregatedHttpRequest whole) {
        Matcher seconds = SECONDS.matcher(whole.headers().get("x-nuclio-invoke-timeout", ""));
        return seconds.matches() ? Optional.of(Duration.ofSeconds(Long.parseLong(seconds.group(1)))) : Optional.empty();
    }

    private PrelabelCalls.Asked asked(ServiceRequestContext request, AggregatedHttpRequest whole) {
        ServedRef ref = function(request, whole);
        ModelDescription model = calls.model(request, ref);
        ObjectNode body = Json.readObject("body", whole.content().array());
        AssetRef image = EncodedImages.ofBase64("image", Options.text("image", body.path("image")));
        Optional<Double> threshold = threshold(body);
        Way way = model.takesPrompt() ? pointed(body) : detecting(model);
        return new PrelabelCalls.Asked(
                calls.request(
                        request,
                        ref.model(),
                        image,
                        way.prompt(),
                        ref.labeling(LabelingWishes.ofRequest(
                                threshold, Set.of(), OptionalInt.empty(), way.geometry(), Optional.empty())),
                        way.written()),
                way.writer());
    }

    /// What detectors and interactors differ in.
    private record Way(
            Prompt prompt,
            Optional<GeometryWish> geometry,
            Optional<FormatChoice> written,
            PrelabelCalls.Writer writer) {}

    private Way pointed(ObjectNode body) {
        return new Way(
                new Pointed(calls.rules()).read(body),
                Optional.of(new GeometryWish.Of(GeometryKind.MASK)),
                Optional.empty(),
                answer -> json(HttpData.wrap(Pointed.answer(answer.prelabels()))));
    }

    private static Way detecting(ModelDescription model) {
        Functions.requireShape(model);
        return new Way(
                new Prompt.None(),
                Optional.empty(),
                Optional.of(new FormatChoice("cvat", Map.of("scoreAttribute", Functions.SCORE_ATTRIBUTE))),
                answer -> json(HttpData.wrap(answer.body())));
    }

    private ServedRef function(ServiceRequestContext request, AggregatedHttpRequest whole) {
        @Nullable String name = whole.headers().get(FUNCTION);
        if (name == null) {
            throw RequestRules.invalid(FUNCTION, FUNCTION + ": no such header (expected: the name of a function)");
        }
        return calls.ref(request, FunctionName.reference(FUNCTION, name));
    }

    private Optional<Double> threshold(ObjectNode body) {
        return body.path("threshold").isMissingNode() || body.path("threshold").isNull()
                ? Optional.empty()
                : Optional.of(calls.rules().threshold(Options.number("threshold", body.path("threshold"))));
    }

    private static AggregatedHttpResponse json(HttpData body) {
        return AggregatedHttpResponse.of(
                ResponseHeaders.builder(HttpStatus.OK)
                        .contentType(MediaType.JSON)
                        .set("cache-control", "no-store")
                        .build(),
                body);
    }
}
