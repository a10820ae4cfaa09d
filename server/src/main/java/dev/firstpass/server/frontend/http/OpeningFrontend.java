package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.PathParams;
import dev.firstpass.server.frontend.PrelabelCalls;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.RequestTime;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.pipeline.OpenedAsset;
import dev.firstpass.server.security.Callers;
import java.nio.charset.StandardCharsets;

/// `POST /v1/models/{ref}/assets`: an image is opened for the prompts to come. The model's encoder looks at it, and it is held for a
/// while, so that prompts name it by its digest instead of bringing it.
///
/// Immutable.
public final class OpeningFrontend implements Frontend {
    @Override
    public void addTo(Routes routes, FrontendContext context) {
        PrelabelCalls calls = new PrelabelCalls(context, "http");
        PrelabelReader reader = new PrelabelReader(calls.rules());
        calls.post(
                routes.needing(Scope.PRELABEL),
                "/v1/models/{ref}/assets",
                calls.blocking((request, whole) -> open(calls, reader, request, whole)));
    }

    private static HttpResponse open(
            PrelabelCalls calls, PrelabelReader reader, ServiceRequestContext request, AggregatedHttpRequest whole) {
        ModelRef ref = ModelRef.parse(Callers.tenant(request), PathParams.get(request, "ref"));
        OpenedAsset opened = calls.open(
                request,
                reader.readOpening(
                        ref,
                        calls.model(request, ref),
                        request.queryParams(),
                        whole,
                        limit -> RequestTime.begin(request, limit),
                        Callers.of(request),
                        RequestNotes.of(request).requestId()));
        ModelVersion version = opened.version();
        ResponseHeaders headers = ResponseHeaders.builder(HttpStatus.OK)
                .contentType(MediaType.JSON_UTF_8)
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set("firstpass-model", version.name().value() + "@" + version.number())
                .set(HttpHeaderNames.SERVER_TIMING, PrelabelFrontend.serverTiming(opened.times(), opened.cache()))
                .build();
        return HttpResponse.of(headers, HttpData.wrap(json(opened).toString().getBytes(StandardCharsets.UTF_8)));
    }

    private static ObjectNode json(OpenedAsset opened) {
        ObjectNode json = Json.object();
        json.putObject("model")
                .put("name", opened.version().name().value())
                .put("version", opened.version().number())
                .put("digest", opened.version().digest());
        json.putObject("asset")
                .put("id", opened.asset().id())
                .put("width", opened.asset().size().width())
                .put("height", opened.asset().size().height())
                .put("digest", opened.asset().digest());
        return json.put("held", opened.isHeld());
    }
}
