package dev.firstpass.server.frontend.http;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Operation;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.RegistryAdmin;
import dev.firstpass.server.frontend.RegistryChanges;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.frontend.StreamedBundle;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// `/v1/registry/models/{name}/versions`: taking in a version, and retiring one.
///
/// Immutable.
public final class VersionsFrontend implements Frontend {
    private static final String UPLOAD = "upload";
    private static final int MAX_JSON_BYTES = 4096;

    /// How long a refused upload may still come in, so that a client reads the answer before its stream is reset.
    private static final Duration LINGER = Duration.ofSeconds(2);

    private static final Set<MediaType> BUNDLES = Set.of(
            MediaType.OCTET_STREAM, MediaType.ZIP, MediaType.TAR, MediaType.GZIP, MediaType.parse("application/gzip"));

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        RegistryChanges changes = new RegistryChanges(context);
        RegistryAdmin registry = context.backend().registry();
        routes.needing(Scope.REGISTER)
                .route()
                .post(RegistryPaths.VERSIONS)
                .maxRequestLength(context.limits().maxUploadBytes())
                .requestAutoAbortDelay(LINGER)
                .build((request, body) -> {
                    // As long as pieces keep coming, an upload may take its time; and then so may the registry.
                    request.clearRequestTimeout();
                    return HttpResponse.of(
                            context.threads().run(request, () -> register(context, changes, request, body)));
                });
        routes.needing(Scope.PROMOTE)
                .blocking(context.threads())
                .verb(RegistryPaths.VERSION, "retire", (request, whole) -> retire(registry, changes, request, whole));
    }

    private static HttpResponse register(
            FrontendContext context, RegistryChanges changes, ServiceRequestContext request, HttpRequest body)
            throws InterruptedException {
        ModelName name = RegistryPaths.name(request);
        Optional<String> key = RegistryPaths.idempotencyKey(body.headers());
        Optional<Duration> wait = OperationAnswers.wait(request.queryParams());
        MediaType type = mediaType(body);
        if (isJson(type)) {
            requireSmall(body.headers().contentLength());
        }
        Operation operation;
        if (isJson(type)) {
            String upload = uploadId(small(context, request, body));
            RequestNotes.of(request).bodyRead();
            operation = changes.registerUpload(key, name, upload);
        } else {
            StreamedBundle bundle = Upload.receive(
                    context.backend().uploads(), name.tenant(), request.eventLoop(), body, context.limits());
            RequestNotes.of(request).bodyRead();
            operation = changes.register(key, name, bundle);
        }
        return OperationAnswers.answer(request, operation, wait);
    }

    private static void requireSmall(long bytes) {
        if (bytes > MAX_JSON_BYTES) {
            throw Failure.of(
                            Reason.REQUEST_TOO_LARGE,
                            "the body is too large (expected: JSON of at most " + MAX_JSON_BYTES + " bytes)")
                    .asException();
        }
    }

    private static boolean isJson(@Nullable MediaType type) {
        return type != null && type.withoutParameters().equals(MediaType.parse("application/json"));
    }

    private static MediaType mediaType(HttpRequest body) {
        @Nullable MediaType type = body.contentType();
        if (type == null || !(BUNDLES.contains(type.withoutParameters()) || isJson(type))) {
            throw Failure.ofField(
                            Reason.MEDIA_TYPE_UNSUPPORTED,
                            "Content-Type",
                            "Content-Type: " + (type == null ? "none" : Words.quoted(type.toString()))
                                    + " (expected: application/octet-stream, application/zip, application/x-tar,"
                                    + " application/gzip, or application/json that names an upload)")
                    .asException();
        }
        return type;
    }

    private static byte[] small(FrontendContext context, ServiceRequestContext request, HttpRequest body) {
        try (InputStream in = Bodies.stream(request.eventLoop(), body, context.limits())) {
            byte[] bytes = in.readNBytes(MAX_JSON_BYTES + 1);
            requireSmall(bytes.length);
            return bytes;
        } catch (IOException e) {
            throw Bodies.explained(e);
        }
    }

    /// Of `{"upload": id}`.
    private static String uploadId(byte[] bytes) {
        Options options = Options.ofBody(bytes, UPLOAD);
        return options.text(UPLOAD)
                .orElseThrow(() -> RequestRules.invalid(UPLOAD, "upload (expected: the id of an upload)"));
    }

    private static HttpResponse retire(
            RegistryAdmin registry, RegistryChanges changes, ServiceRequestContext request, AggregatedHttpRequest whole)
            throws InterruptedException {
        ModelVersion version = RegistryPaths.version(registry, request);
        Optional<Duration> wait = OperationAnswers.wait(request.queryParams());
        return OperationAnswers.answer(
                request, changes.retire(RegistryPaths.idempotencyKey(whole.headers()), version.ref()), wait);
    }
}
