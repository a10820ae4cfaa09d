package dev.firstpass.server.frontend.http;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.ContentDisposition;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.postprocess.annotation.Dropped;
import dev.firstpass.postprocess.annotation.Provenance;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.PathParams;
import dev.firstpass.server.frontend.PrelabelCalls;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.RequestTime;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.pipeline.CacheOutcome;
import dev.firstpass.server.pipeline.PrelabelAnswer;
import dev.firstpass.server.pipeline.PrelabelRequest;
import dev.firstpass.server.pipeline.StageTimes;
import dev.firstpass.server.security.Callers;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// `POST /v1/models/{ref}/prelabels`: the native HTTP door.
///
/// Where an image is small and what was written of it is at hand, the event loop answers; everything else has a virtual thread.
///
/// Immutable.
public final class PrelabelFrontend implements Frontend {
    private static final AsciiString MODEL = HttpHeaderNames.of("firstpass-model");
    private static final AsciiString PREDICTION = HttpHeaderNames.of("firstpass-prediction");
    private static final AsciiString PROJECT = HttpHeaderNames.of("firstpass-project");
    private static final AsciiString DROPPED = HttpHeaderNames.of("firstpass-dropped");

    /// The digest of so many bytes takes 150 us, which other connections of the event loop wait; a virtual thread would take as
    /// long to begin and to hand its answer over.
    private static final int SMALL_BYTES = 256 << 10;

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Bound prelabel = routes.needing(Scope.PRELABEL);
        PrelabelCalls calls = new PrelabelCalls(context, "http");
        Reader reader = new Reader(calls, new PrelabelReader(calls.rules()));
        calls.post(prelabel, "/v1/models/{ref}/prelabels", calls.answering(reader));
    }

    private record Reader(PrelabelCalls calls, PrelabelReader reader) implements PrelabelCalls.Reader {
        @Override
        public boolean isQuick(AggregatedHttpRequest whole) {
            return PrelabelBody.isBareImage(whole) && whole.content().length() <= SMALL_BYTES;
        }

        @Override
        public PrelabelCalls.Asked read(ServiceRequestContext request, AggregatedHttpRequest whole) {
            ModelRef ref = ModelRef.parse(Callers.tenant(request), PathParams.get(request, "ref"));
            PrelabelRequest read = reader.read(
                    ref,
                    calls.model(request, ref),
                    request.queryParams(),
                    whole,
                    limit -> RequestTime.begin(request, limit),
                    Callers.of(request),
                    RequestNotes.of(request).requestId());
            return new PrelabelCalls.Asked(read, PrelabelFrontend::response);
        }
    }

    private static AggregatedHttpResponse response(PrelabelAnswer answer) {
        return AggregatedHttpResponse.of(headers(answer), HttpData.wrap(answer.body()));
    }

    private static ResponseHeaders headers(PrelabelAnswer answer) {
        Provenance provenance = answer.prelabels().provenance();
        ResponseHeadersBuilder headers = ResponseHeaders.builder(HttpStatus.OK)
                .set(HttpHeaderNames.CONTENT_TYPE, answer.mediaType())
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set(MODEL, provenance.model() + "@" + provenance.version())
                .set(PREDICTION, provenance.prediction())
                .set(HttpHeaderNames.SERVER_TIMING, serverTiming(answer.times(), answer.cache()))
                .contentDisposition(disposition(answer.fileName()));
        if (!provenance.specVersion().isEmpty()) {
            headers.set(PROJECT, provenance.specVersion());
        }
        if (!answer.prelabels().dropped().isEmpty()) {
            headers.set(DROPPED, dropped(answer.prelabels().dropped()));
        }
        addCounts(headers, "firstpass-converted", answer.report().converted());
        addCounts(headers, "firstpass-left-out", answer.report().leftOut());
        return headers.build();
    }

    /// The plain form where ASCII will do, since some clients read no other; else that of RFC 5987.
    private static ContentDisposition disposition(String fileName) {
        var inline = ContentDisposition.builder("inline");
        return StandardCharsets.US_ASCII.newEncoder().canEncode(fileName)
                ? inline.filename(fileName).build()
                : inline.filename(fileName, StandardCharsets.UTF_8).build();
    }

    /// What was found and left out before anything was written, which most formats have no place for.
    private static String dropped(List<Dropped> dropped) {
        return dropped.stream().map(one -> one.reason() + "=" + one.count()).collect(Collectors.joining(", "));
    }

    /// What the format could not say in its own terms; absent where there is nothing to tell.
    private static void addCounts(ResponseHeadersBuilder headers, String name, Map<String, Integer> counts) {
        if (!counts.isEmpty()) {
            headers.set(
                    name,
                    new TreeMap<>(counts)
                            .entrySet().stream()
                                    .map(count -> count.getKey() + "=" + count.getValue())
                                    .collect(Collectors.joining(", ")));
        }
    }

    static String serverTiming(StageTimes times, CacheOutcome cache) {
        StringBuilder header = new StringBuilder(160);
        times.spans().forEach(span -> append(header, span.name(), span.nanos()));
        append(header, "total", times.totalNanos());
        return header.append("cache;desc=").append(cache.id()).toString();
    }

    /// Milliseconds with three decimals, the unit of the header.
    private static void append(StringBuilder header, String name, long nanos) {
        long micros = (Math.max(0, nanos) + 500) / 1000;
        String fraction = Long.toString(1000 + micros % 1000);
        header.append(name)
                .append(";dur=")
                .append(micros / 1000)
                .append('.')
                .append(fraction, 1, fraction.length())
                .append(", ");
    }
}
