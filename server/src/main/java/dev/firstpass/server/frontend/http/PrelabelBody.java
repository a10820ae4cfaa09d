package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.multipart.AggregatedBodyPart;
import com.linecorp.armeria.common.multipart.AggregatedMultipart;
import com.linecorp.armeria.common.multipart.Multipart;
import com.linecorp.armeria.common.stream.StreamMessage;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.EncodedImages;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.image.ImageException;
import dev.firstpass.server.image.ImageProbe;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// The three bodies that a request for pre-labels may have: the image itself, a form with the image and its
/// options, or JSON that says where the image is.
///
/// An image may also come as a form's fields, which it is not: the bytes say so.
///
/// Immutable.
///
/// @param fileName of a form's image part
/// @param options JSON that came with the image: a form's part `options`, or all of a JSON body but the asset
record PrelabelBody(AssetRef asset, Optional<String> fileName, ObjectNode options) {
    private static final String BODY = "body";

    /// A form has two. The wire library takes time in the square of their number, and a body has room for millions.
    private static final int MAX_PARTS = 16;

    /// @throws dev.firstpass.server.failure.FailureException MEDIA_TYPE_UNSUPPORTED or ARGUMENT_INVALID
    static PrelabelBody read(AggregatedHttpRequest request, RequestRules rules) {
        MediaType type = mediaType(request);
        if (type.is(MediaType.MULTIPART_FORM_DATA)) {
            return ofForm(type, request.content());
        }
        if (type.is(MediaType.JSON.withoutParameters())) {
            return ofJson(request.content().array(), rules);
        }
        if (type.type().equals("image") || type.is(MediaType.OCTET_STREAM)) {
            return new PrelabelBody(inline(request.content(), type), Optional.empty(), Json.object());
        }
        if (type.is(MediaType.FORM_DATA.withoutParameters()) && isImage(request.content())) {
            // What `curl --data-binary @photo.jpg` says of every file.
            return new PrelabelBody(inline(request.content(), MediaType.OCTET_STREAM), Optional.empty(), Json.object());
        }
        throw unsupported(type.toString());
    }

    /// Whether the body is the image and nothing else, so that it costs nothing to read.
    static boolean isBareImage(AggregatedHttpRequest request) {
        String type = request.headers().get("content-type", "");
        return type.startsWith("image/") || type.startsWith("application/octet-stream");
    }

    private static boolean isImage(HttpData content) {
        try {
            ImageProbe.type(content.array());
            return true;
        } catch (ImageException _) {
            return false;
        }
    }

    private static MediaType mediaType(AggregatedHttpRequest request) {
        @Nullable String header = request.headers().get("content-type");
        if (header == null) {
            throw unsupported("none");
        }
        try {
            return MediaType.parse(header);
        } catch (IllegalArgumentException _) {
            throw unsupported(header);
        }
    }

    private static RuntimeException unsupported(String type) {
        String value = type.equals("none") ? type : Words.quoted(type);
        return Failure.ofField(
                        Reason.MEDIA_TYPE_UNSUPPORTED,
                        "Content-Type",
                        "Content-Type: " + value
                                + " (expected: image/*, application/octet-stream, multipart/form-data or application/json)")
                .asException();
    }

    private static AssetRef inline(HttpData content, @Nullable MediaType type) {
        return new AssetRef.Inline(content.array(), Optional.ofNullable(type).map(MediaType::toString));
    }

    private static PrelabelBody ofForm(MediaType type, HttpData content) {
        AggregatedMultipart form = form(type, content);
        if (form.bodyParts().stream().anyMatch(part -> part.name() == null)) {
            throw RequestRules.invalid(BODY, "body: a part without a name (expected: image or options)");
        }
        form.names().stream()
                .filter(name -> !List.of("image", "options").contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw RequestRules.invalid(name, Options.unknown(name, name, List.of("image", "options")));
                });
        AggregatedBodyPart image = onlyPart(form, "image")
                .orElseThrow(() -> RequestRules.invalid("image", "image: no such part (expected: one, with the file)"));
        ObjectNode options = onlyPart(form, "options")
                .map(part -> Json.readObject("options", part.content().array()))
                .orElseGet(Json::object);
        return new PrelabelBody(
                inline(image.content(), image.contentType()),
                Optional.ofNullable(image.filename())
                        .map(PrelabelBody::baseName)
                        .filter(name -> !name.isBlank()),
                options);
    }

    private static AggregatedMultipart form(MediaType type, HttpData content) {
        @Nullable
        String boundary = type.parameters().getOrDefault("boundary", List.of()).stream()
                .findFirst()
                .orElse(null);
        if (boundary == null) {
            throw RequestRules.invalid("Content-Type", "Content-Type: no boundary (expected: multipart with one)");
        }
        if (delimiters(content.array(), "--" + boundary) > MAX_PARTS + 1) {
            throw RequestRules.invalid(
                    BODY, "body: more than " + MAX_PARTS + " parts (expected: image, and options if any)");
        }
        try {
            AggregatedMultipart form = Multipart.from(boundary, StreamMessage.of(content))
                    .aggregate()
                    .join();
            // The library reads a part's headers when it is asked for what they say.
            for (AggregatedBodyPart part : form.bodyParts()) {
                var _ = part.name();
                var _ = part.filename();
                var _ = part.contentType();
            }
            return form;
        } catch (CompletionException | IllegalArgumentException | IndexOutOfBoundsException _) {
            throw RequestRules.invalid(BODY, "body: not a well-formed multipart/form-data");
        }
    }

    /// How often a line begins with the delimiter: once for each part, and once at the end.
    private static int delimiters(byte[] body, String delimiter) {
        byte[] wanted = delimiter.getBytes(StandardCharsets.UTF_8);
        int found = 0;
        for (int at = 0; at <= body.length - wanted.length; at++) {
            boolean begins = at == 0 || body[at - 1] == '\n';
            if (begins && Arrays.equals(body, at, at + wanted.length, wanted, 0, wanted.length)) {
                found++;
            }
        }
        return found;
    }

    private static Optional<AggregatedBodyPart> onlyPart(AggregatedMultipart form, String name) {
        List<AggregatedBodyPart> parts = form.fields(name);
        if (parts.size() > 1) {
            throw RequestRules.invalid(name, name + ": " + parts.size() + " parts (expected: one)");
        }
        return parts.stream().findFirst();
    }

    /// Browsers may send a path; only the last name counts.
    private static String baseName(String path) {
        return path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
    }

    private static PrelabelBody ofJson(byte[] bytes, RequestRules rules) {
        ObjectNode body = Json.readObject(BODY, bytes);
        Json.requireKnown("", body, List.of("asset", "id", "prompt", "options"));
        ObjectNode options = optionsOf(body);
        moveInto(options, body, "id", "asset-id");
        moveInto(options, body, "prompt", "prompt");
        return new PrelabelBody(assetOf(body.path("asset"), rules), Optional.empty(), options);
    }

    private static ObjectNode optionsOf(ObjectNode body) {
        JsonNode options = body.path("options");
        if (options.isMissingNode()) {
            return Json.object();
        }
        if (options instanceof ObjectNode object) {
            return object;
        }
        throw RequestRules.invalid("options", "options: " + Json.kind(options) + " (expected: an object)");
    }

    private static void moveInto(ObjectNode options, ObjectNode body, String member, String option) {
        JsonNode value = body.path(member);
        if (!value.isMissingNode() && options.putIfAbsent(option, value) != null) {
            throw RequestRules.invalid(member, member + ": also given as options." + option + " (expected: once)");
        }
    }

    private static AssetRef assetOf(JsonNode asset, RequestRules rules) {
        if (!(asset instanceof ObjectNode object)) {
            throw RequestRules.invalid("asset", "asset: " + Json.kind(asset) + " (expected: an object)");
        }
        Json.requireKnown("asset", object, List.of("uri", "base64", "digest"));
        if (object.size() != 1) {
            throw RequestRules.invalid(
                    "asset", "asset: " + object.size() + " members (expected: uri, base64 or digest)");
        }
        if (object.has("digest")) {
            return new AssetRef.Held(rules.digest(Options.text("asset.digest", object.path("digest"))));
        }
        return object.has("uri")
                ? new AssetRef.Uri(rules.uri(Options.text("asset.uri", object.path("uri"))))
                : EncodedImages.ofBase64("asset.base64", Options.text("asset.base64", object.path("base64")));
    }
}
