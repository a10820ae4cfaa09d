package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.BlockingService;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.PathParams;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.security.Callers;
import dev.firstpass.server.upload.OffsetException;
import dev.firstpass.server.upload.UploadStatus;
import dev.firstpass.server.upload.UploadStore;
import dev.firstpass.server.upload.UploadWriter;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// `/v1/registry/uploads`: bundles that come in pieces, so that one whose connection broke goes on where it was.
///
/// Immutable.
public final class UploadsFrontend implements Frontend {
    private static final String UPLOAD = RegistryPaths.UPLOADS + "/{id}";
    private static final String OFFSET = "Upload-Offset";
    private static final Pattern WHOLE = Pattern.compile("[0-9]{1,18}");
    private static final Duration LINGER = Duration.ofSeconds(2);

    /// Ours, tus' and that of the IETF's draft.
    private static final Set<MediaType> PIECES = Set.of(
            MediaType.OCTET_STREAM,
            MediaType.parse("application/offset+octet-stream"),
            MediaType.parse("application/partial-upload"));

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Bound register = routes.needing(Scope.REGISTER);
        UploadStore uploads = context.backend().uploads();
        Routes.Blocking blocking = register.blocking(context.threads());
        blocking.post(RegistryPaths.UPLOADS, (request, whole) -> create(uploads, request, whole));
        blocking.delete(UPLOAD, (request, _) -> delete(uploads, request));
        register.route()
                .get(UPLOAD)
                .build(new BlockingService(
                        context.threads(),
                        (request, _) -> response(HttpStatus.OK, uploads.status(Callers.tenant(request), id(request)))));
        register.route()
                .head(UPLOAD)
                .build(new BlockingService(
                        context.threads(),
                        (request, _) ->
                                bare(HttpStatus.NO_CONTENT, uploads.settle(Callers.tenant(request), id(request)))));
        register.route()
                .patch(UPLOAD)
                .maxRequestLength(context.limits().maxUploadBytes())
                .requestAutoAbortDelay(LINGER)
                .build((request, body) -> {
                    // As long as something keeps coming, it may take its time.
                    request.clearRequestTimeout();
                    return HttpResponse.of(
                            context.threads().run(request, () -> append(uploads, context.limits(), request, body)));
                });
    }

    private static String id(ServiceRequestContext request) {
        return PathParams.get(request, "id");
    }

    /// The length and the hash of the bundle, where they are known: `{"length": 4000000000, "sha256": "..."}`.
    private static HttpResponse create(
            UploadStore uploads, ServiceRequestContext request, AggregatedHttpRequest whole) {
        Options options = new Options(Set.of("length", "sha256"));
        if (!whole.content().isEmpty()) {
            options.addJson(Json.readObject("body", whole.content().array()));
        }
        OptionalLong length = options.whole("length").map(OptionalLong::of).orElseGet(OptionalLong::empty);
        return response(HttpStatus.CREATED, uploads.create(Callers.tenant(request), length, options.text("sha256")));
    }

    private static HttpResponse delete(UploadStore uploads, ServiceRequestContext request) {
        uploads.delete(Callers.tenant(request), id(request));
        return HttpResponse.of(HttpStatus.NO_CONTENT);
    }

    private static HttpResponse append(
            UploadStore uploads, Limits limits, ServiceRequestContext request, HttpRequest body) {
        String id = id(request);
        requirePiece(body.contentType());
        long offset = offset(body.headers());
        requireRoom(
                uploads.status(Callers.tenant(request), id),
                offset,
                body.headers().contentLength());
        // The stream is not closed: that would reset the connection of a client that is to be told what is wrong.
        InputStream in = Bodies.stream(request.eventLoop(), body, limits);
        try (UploadWriter writer = uploads.append(Callers.tenant(request), id, offset)) {
            var _ = Upload.copy(in, writer);
        } catch (OffsetException e) {
            request.mutateAdditionalResponseHeaders(headers -> headers.setLong(OFFSET, e.right()));
            throw e.failure().asException();
        } catch (IOException e) {
            throw Bodies.explained(e);
        }
        RequestNotes.of(request).bodyRead();
        return bare(HttpStatus.NO_CONTENT, uploads.status(Callers.tenant(request), id));
    }

    /// A piece that would go beyond the end is refused before it comes.
    private static void requireRoom(UploadStatus status, long offset, long bytes) {
        if (status.length().isPresent() && bytes > status.length().getAsLong() - offset) {
            throw Failure.of(
                            Reason.REQUEST_TOO_LARGE,
                            "the piece goes beyond the upload's end (expected: at most "
                                    + Math.max(0, status.length().getAsLong() - offset) + " bytes)")
                    .asException();
        }
    }

    private static void requirePiece(@Nullable MediaType type) {
        if (type == null || !PIECES.contains(type.withoutParameters())) {
            throw Failure.ofField(
                            Reason.MEDIA_TYPE_UNSUPPORTED,
                            "Content-Type",
                            "Content-Type: " + (type == null ? "none" : Words.quoted(type.toString()))
                                    + " (expected: application/octet-stream)")
                    .asException();
        }
    }

    private static long offset(RequestHeaders headers) {
        String text = Optional.ofNullable(headers.get(OFFSET)).orElse("");
        if (!WHOLE.matcher(text).matches()) {
            throw RequestRules.invalid(
                    OFFSET, OFFSET + ": " + Words.quoted(text) + " (expected: where the upload has come to)");
        }
        return Long.parseLong(text);
    }

    private static ResponseHeadersBuilder headers(HttpStatus status, UploadStatus upload) {
        ResponseHeadersBuilder headers = ResponseHeaders.builder(status)
                .set("cache-control", "no-store")
                .set("location", RegistryPaths.UPLOADS + "/" + upload.id())
                .setLong(OFFSET, upload.offset())
                .set("Upload-Expires", upload.expiresAt().toString());
        upload.length().ifPresent(length -> headers.setLong("Upload-Length", length));
        return headers;
    }

    private static HttpResponse bare(HttpStatus status, UploadStatus upload) {
        return HttpResponse.of(headers(status, upload).build());
    }

    private static HttpResponse response(HttpStatus status, UploadStatus upload) {
        ObjectNode body = Json.object()
                .put("id", upload.id())
                .put("offset", upload.offset())
                .put("expiresAt", upload.expiresAt().toString());
        upload.length().ifPresent(length -> body.put("length", length));
        upload.sha256().ifPresent(sha256 -> body.put("sha256", sha256));
        return HttpResponse.of(
                headers(status, upload).contentType(MediaType.JSON).build(), HttpData.wrap(Json.bytes(body)));
    }
}
